// SPDX-License-Identifier: Apache-2.0
//
// The parts of the sandbox that Swift cannot write: raw system calls with their kernel structures, and libseccomp's
// macros and varargs. Each function returns 0 or -errno unless it says otherwise.
#pragma once
#include <stddef.h>

/// Leaves the user, network and IPC namespaces of the parent; which of them the kernel gave is in the returned bits.
/// For a process with one thread.
enum {
    RECTO_NAMESPACE_USER = 1,
    RECTO_NAMESPACE_NETWORK = 2,
    RECTO_NAMESPACE_IPC = 4
};
unsigned recto_sandbox_namespaces(void);

/// Forgoes privileges through programs, and lets all signals through, for this thread and those that it starts:
/// Landlock reaches those by a signal.
int recto_sandbox_prepare(void);

/// Lowers resource limits: `descriptors` open files, no core, no locked memory, no message queues. `tasks` threads
/// where it is not 0: for a process in a user namespace of its own, because outside of one all the user's count.
int recto_sandbox_limits(unsigned descriptors, unsigned tasks);

/// Gives up every capability, for good, and keeps other processes of the same user from reading this one's memory.
int recto_sandbox_drop_privileges(void);

/// The kernel's Landlock ABI, or 0 where there is none or it is switched off.
int recto_sandbox_landlock_abi(void);

/// Closes every thread of the process in by Landlock: of the file system only files and folders below `readable`
/// can be read, nothing written; with ABI 4 no TCP, with 6 no signals and no abstract sockets to the outside. Folders
/// that are missing are skipped. Needs no_new_privs.
int recto_sandbox_landlock(const char *const readable[], size_t count);

/// Allows every thread of the process only the system calls that parsing and drawing need. The others fail with
/// EPERM, or with ENOSYS where a library then takes an older one. Those of a foreign architecture kill the process.
int recto_sandbox_seccomp(void);
