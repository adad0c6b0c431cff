// SPDX-License-Identifier: Apache-2.0
//
// Landlock by its system calls: the C library does not wrap them, and headers are often older than kernels, so that
// numbers and structures of the ABI (Documentation/userspace-api/landlock.rst) stand here.
#define _GNU_SOURCE
#include "csandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The same on every architecture.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;  // since ABI 4
    uint64_t scoped;              // since ABI 6
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)

/// All that an ABI can forbid: execute, write, read, list, remove and make of each kind; 2: move between folders;
/// 3: truncate; 5: ioctl on devices.
static uint64_t all_file_rights(int abi) {
    int rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return (UINT64_C(1) << rights) - 1;
}

int recto_sandbox_landlock_abi(void) {
    long abi = syscall(CREATE_RULESET, NULL, (size_t)0, CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static int allow_reading(int ruleset, const char *path) {
    int folder = open(path, O_PATH | O_CLOEXEC);
    if (folder < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
    struct stat status;
    struct path_beneath rule = {FS_READ_FILE | FS_READ_DIR, folder};
    // The right to list can be given for a folder only.
    if (!fstat(folder, &status) && !S_ISDIR(status.st_mode)) rule.allowed_access = FS_READ_FILE;
    int error = syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) ? -errno : 0;
    close(folder);
    return error;
}

// Landlock holds for the calling thread and those that it starts. A library may have started some before, so each is
// interrupted by a signal in whose handler it restricts itself, as glibc does for setuid().

static int shared_ruleset;
static atomic_int answers;
static atomic_int failure;

static int restrict_this_thread(int ruleset) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
    return syscall(RESTRICT_SELF, ruleset, 0) ? -errno : 0;
}

static void restrict_in_handler(int number) {
    (void)number;
    int before = errno;
    int error = restrict_this_thread(shared_ruleset);
    if (error) atomic_store(&failure, error);
    atomic_fetch_add(&answers, 1);
    errno = before;
}

enum { MOST_THREADS = 256 };

/// Interrupts the threads that are not in `known` and waits for them. Returns how many there were, or -errno.
static int restrict_new_threads(int signal_number, pid_t known[MOST_THREADS], int *known_count) {
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return -errno;
    pid_t self = (pid_t)syscall(SYS_gettid);
    int found = 0;
    struct dirent *entry;
    while ((entry = readdir(tasks))) {
        pid_t thread = (pid_t)atoi(entry->d_name);
        if (thread <= 0 || thread == self) continue;
        int is_known = 0;
        for (int i = 0; i < *known_count; i++) is_known |= known[i] == thread;
        if (is_known) continue;
        if (*known_count == MOST_THREADS) {
            found = -EAGAIN;
            break;
        }
        known[(*known_count)++] = thread;
        int wanted = atomic_load(&answers) + 1;
        // One that has ended meanwhile needs nothing.
        if (syscall(SYS_tgkill, getpid(), thread, signal_number)) continue;
        found++;
        for (int wait = 0; atomic_load(&answers) < wanted; wait++) {
            struct timespec moment = {0, 100000};
            // A thread that blocks the signal, for a second: then the sandbox does not hold.
            if (wait > 10000) {
                closedir(tasks);
                return -ETIMEDOUT;
            }
            nanosleep(&moment, NULL);
            if (syscall(SYS_tgkill, getpid(), thread, 0)) break;
        }
    }
    closedir(tasks);
    return found;
}

static int restrict_other_threads(int ruleset) {
    int signal_number = SIGRTMAX;
    struct sigaction action = {0}, before;
    action.sa_handler = restrict_in_handler;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    if (sigaction(signal_number, &action, &before)) return -errno;
    shared_ruleset = ruleset;
    atomic_store(&failure, 0);
    pid_t known[MOST_THREADS];
    int known_count = 0, found;
    // Again until there is none that an unrestricted thread has started meanwhile.
    do found = restrict_new_threads(signal_number, known, &known_count);
    while (found > 0);
    // A signal that is still under way must find its handler: without one it would kill.
    if (found < 0) return found;
    sigaction(signal_number, &before, NULL);
    return atomic_load(&failure);
}

int recto_sandbox_landlock(const char *const readable[], size_t count) {
    int abi = recto_sandbox_landlock_abi();
    if (abi == 0) return -ENOSYS;
    struct ruleset rules = {0};
    rules.handled_access_fs = all_file_rights(abi);
    if (abi >= 4) rules.handled_access_net = 3;  // bind and connect
    if (abi >= 6) rules.scoped = 3;              // abstract sockets and signals
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(CREATE_RULESET, &rules, size, 0);
    if (ruleset < 0) return -errno;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) error = allow_reading(ruleset, readable[i]);
    // The others first: this thread can list them only as long as it may read /proc.
    if (!error) error = restrict_other_threads(ruleset);
    if (!error) error = restrict_this_thread(ruleset);
    close(ruleset);
    return error;
}
