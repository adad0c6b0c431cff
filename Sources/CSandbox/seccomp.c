// SPDX-License-Identifier: Apache-2.0
//
// The system calls that a worker may make. Found by running every test and the corpus; what is here beyond that is
// what glibc and glib fall back on elsewhere, and harmless.
//
// The others fail and do not kill: a library that only probes for something would take a harmless document's worker
// with it, and two such deaths put the document into quarantine.
#define _GNU_SOURCE
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/// Allowed whatever the arguments. Those that an architecture does not have are negative there, and are skipped.
static const int allowed[] = {
    // The socket to the pool, and documents, which come as descriptors.
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(preadv),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(shutdown),
    SCMP_SYS(getpeername), SCMP_SYS(getsockname),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(fadvise64), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(dup), SCMP_SYS(dup3),
    // Fonts. What may be opened is Landlock's to say; what exists anybody may see.
    SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(getdents), SCMP_SYS(getdents64),
    // Memory.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(membarrier),
    // Threads and what they wait for.
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu), SCMP_SYS(eventfd2), SCMP_SYS(pipe2),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
    // Time.
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time),
    // Signals to itself.
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending),
    SCMP_SYS(sigaltstack),
    // What it may know of itself and the machine.
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getpgrp), SCMP_SYS(getrandom),
    SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(times),
};

/// "There is no such call": the C library or glib then takes an older one that is allowed.
static const int absent[] = {
    // Its flags lie in memory, where a filter cannot look: clone can be told apart.
    SCMP_SYS(clone3),
    SCMP_SYS(openat2), SCMP_SYS(memfd_create), SCMP_SYS(close_range), SCMP_SYS(epoll_pwait2), SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal), SCMP_SYS(io_uring_setup),
};

/// The numbers of calls later than those that libseccomp has names for: equal on all architectures.
enum { FIRST_UNNAMED = 449, LAST_UNNAMED = 511 };

static int add_unconditional(scmp_filter_ctx filter) {
    int error = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && !error; i++)
        if (allowed[i] >= 0) error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < sizeof absent / sizeof *absent && !error; i++)
        if (absent[i] >= 0) error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), absent[i], 0);
    for (int number = FIRST_UNNAMED; number <= LAST_UNNAMED && !error; number++)
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
    // isatty() and its like: "not a terminal" is the truth.
    if (!error) error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    return error;
}

/// Allows a call where one argument has one of these values.
static int allow_values(
    scmp_filter_ctx filter, int number, unsigned argument, const uint64_t *values, size_t count) {
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        struct scmp_arg_cmp is_value = SCMP_CMP64(argument, SCMP_CMP_EQ, values[i]);
        error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &is_value);
    }
    return error;
}

/// Allows a call where of the bits in `mask` those in `value` are set and no other.
static int allow_bits(scmp_filter_ctx filter, int number, unsigned argument, uint64_t mask, uint64_t value) {
    if (number < 0) return 0;
    struct scmp_arg_cmp has_bits = SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value);
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &has_bits);
}

static int add_conditional(scmp_filter_ctx filter) {
    const uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_PATH | (O_TMPFILE & ~O_DIRECTORY);
    // Threads only, and none with namespaces of its own.
    const uint64_t namespaces =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    const uint64_t self = (uint64_t)getpid();
    const uint64_t names[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE};
    const uint64_t flags[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
    struct scmp_arg_cmp reads_own_limits[] = {SCMP_CMP64(0, SCMP_CMP_EQ, 0), SCMP_CMP64(2, SCMP_CMP_EQ, 0)};
    struct {
        int number;
        unsigned argument;
        uint64_t mask, value;
    } masked[] = {
        {SCMP_SYS(openat), 2, writing, 0},
        {SCMP_SYS(open), 1, writing, 0},
        {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
        {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
        {SCMP_SYS(clone), 0, CLONE_THREAD | namespaces, CLONE_THREAD},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof masked / sizeof *masked && !error; i++)
        error = allow_bits(filter, masked[i].number, masked[i].argument, masked[i].mask, masked[i].value);
    if (!error) error = allow_values(filter, SCMP_SYS(prctl), 0, names, sizeof names / sizeof *names);
    if (!error) error = allow_values(filter, SCMP_SYS(fcntl), 1, flags, sizeof flags / sizeof *flags);
    // abort() sends itself a signal.
    if (!error) error = allow_values(filter, SCMP_SYS(tgkill), 0, &self, 1);
    if (!error) error = allow_values(filter, SCMP_SYS(kill), 0, &self, 1);
    if (!error) error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, reads_own_limits);
    return error;
}

int recto_sandbox_seccomp(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return -ENOMEM;
    int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // Only an exploit gets to a foreign architecture's calls.
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    // Kernels before 5.16 slow the whole process down otherwise.
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (!error) error = add_unconditional(filter);
    if (!error) error = add_conditional(filter);
    if (!error) error = seccomp_load(filter);
    seccomp_release(filter);
    return error;
}
