// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "csandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned recto_sandbox_namespaces(void) {
    // With a user namespace anybody may have the others. Where those are switched off, a privileged container may
    // still give them without.
    if (!unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC))
        return RECTO_NAMESPACE_USER | RECTO_NAMESPACE_NETWORK | RECTO_NAMESPACE_IPC;
    unsigned held = 0;
    if (!unshare(CLONE_NEWUSER)) held |= RECTO_NAMESPACE_USER;
    if (!unshare(CLONE_NEWNET)) held |= RECTO_NAMESPACE_NETWORK;
    if (!unshare(CLONE_NEWIPC)) held |= RECTO_NAMESPACE_IPC;
    return held;
}

int recto_sandbox_prepare(void) {
    // Whoever started the process may have done so from a thread that blocks them.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/// Never raises a limit that somebody else has set.
static int lower(int resource, rlim_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit)) return -errno;
    if (limit.rlim_max > value) limit.rlim_max = value;
    // The soft limit on open files is often far below the hard one, for the sake of select().
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) ? -errno : 0;
}

int recto_sandbox_limits(unsigned descriptors, unsigned tasks) {
    int error = lower(RLIMIT_NOFILE, descriptors);
    if (!error) error = lower(RLIMIT_CORE, 0);
    if (!error) error = lower(RLIMIT_MEMLOCK, 0);
    if (!error) error = lower(RLIMIT_MSGQUEUE, 0);
    if (!error && tasks) error = lower(RLIMIT_NPROC, tasks);
    return error;
}

int recto_sandbox_drop_privileges(void) {
    // The bounding set can be emptied only by who may; whoever may not has no way to gain anything either.
    for (unsigned long capability = 0; capability <= 63; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)) break;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capset, &header, none)) return -errno;
    // Also keeps the bytes of documents out of core files: a handler that is a pipe ignores the limit on their size.
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
}
