// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "csandboxprobe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct recto_probe_targets targets;
static char path_buffer[4096];

static int outcome(long result) { return result < 0 ? errno : 0; }

/// Of a call that returns a descriptor.
static int opened(int descriptor) {
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

static const char *in_folder(const char *name) {
    snprintf(path_buffer, sizeof path_buffer, "%s/%s", targets.folder, name);
    return path_buffer;
}

// --- Network

static int connect_to(int family, const void *address, socklen_t length) {
    int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    int error = outcome(connect(descriptor, address, length));
    close(descriptor);
    return error;
}

static int connect_tcp(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)targets.tcp_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect_to(AF_INET, &address, sizeof address);
}

static int bind_tcp(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    int error = outcome(bind(descriptor, (struct sockaddr *)&address, sizeof address));
    close(descriptor);
    return error;
}

static int connect_unix(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, targets.unix_path, sizeof address.sun_path - 1);
    return connect_to(AF_UNIX, &address, sizeof address);
}

static int connect_abstract(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(targets.abstract);
    memcpy(address.sun_path + 1, targets.abstract, length);
    return connect_to(AF_UNIX, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

static int socket_udp(void) { return opened(socket(AF_INET, SOCK_DGRAM, 0)); }
static int socket_netlink(void) { return opened(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }

static int socket_pair(void) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return errno;
    close(pair[0]);
    close(pair[1]);
    return 0;
}

// --- Files

static int read_passwd(void) { return opened(open("/etc/passwd", O_RDONLY)); }
static int read_own_program(void) { return opened(open("/proc/self/exe", O_RDONLY)); }
static int read_own_memory_map(void) { return opened(open("/proc/self/maps", O_RDONLY)); }
static int read_victim(void) { return opened(open(in_folder("victim"), O_RDONLY)); }
static int list_root(void) { return opened(open("/", O_RDONLY | O_DIRECTORY)); }
static int write_victim(void) { return opened(open(in_folder("victim"), O_WRONLY)); }
static int append_victim(void) { return opened(open(in_folder("victim"), O_RDWR | O_APPEND)); }
static int truncate_victim(void) { return outcome(truncate(in_folder("victim"), 1)); }
static int chmod_victim(void) { return outcome(chmod(in_folder("victim"), 0644)); }
static int create_file(void) { return opened(open(in_folder("created"), O_WRONLY | O_CREAT, 0600)); }
static int create_unnamed(void) { return opened(open(targets.folder, O_WRONLY | O_TMPFILE, 0600)); }
static int make_folder(void) { return outcome(mkdir(in_folder("made"), 0700)); }
static int make_link(void) { return outcome(symlink("/etc/passwd", in_folder("linked"))); }
static int make_fifo(void) { return outcome(mkfifo(in_folder("fifo"), 0600)); }

static int rename_victim(void) {
    char other[sizeof path_buffer];
    snprintf(other, sizeof other, "%s/renamed", targets.folder);
    return outcome(rename(in_folder("victim"), other));
}

static int remove_renamed(void) {
    // In the sandbox nothing was renamed.
    return outcome(unlink(in_folder(access(in_folder("renamed"), F_OK) ? "victim" : "renamed")));
}

static int write_font(void) { return opened(open(targets.font, O_WRONLY)); }

// --- Processes

static int child_ended(pid_t child) {
    if (child < 0) return errno;
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    return 0;
}

static int fork_process(void) { return child_ended(fork()); }

static int vfork_process(void) {
    pid_t child = vfork();
    if (child == 0) _exit(0);
    return child_ended(child);
}

static int clone_process(void) { return child_ended((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }

static int clone3_process(void) {
    unsigned long long arguments[8] = {0};
    arguments[4] = SIGCHLD;
    return child_ended((pid_t)syscall(435, arguments, sizeof arguments));
}

static int execute(void) {
    char *const arguments[] = {"echo", "execute: done", NULL};
    execv("/bin/echo", arguments);
    return errno;
}

static int execute_memory(void) {
    int descriptor = memfd_create("program", 0);
    if (descriptor < 0) return errno;
    const char script[] = "#!/bin/echo execute-memory: done\n";
    if (write(descriptor, script, sizeof script - 1) < 0) return errno;
    char *const arguments[] = {"program", NULL}, *const environment[] = {NULL};
    fexecve(descriptor, arguments, environment);
    return errno;
}

static int memory_file(void) { return opened(memfd_create("memory", 0)); }
static int signal_parent(void) { return outcome(kill(targets.parent, SIGURG)); }
static int signal_group(void) { return outcome(kill(0, SIGURG)); }
static int signal_parent_thread(void) {
    return outcome(syscall(SYS_tgkill, targets.parent, targets.parent, SIGURG));
}
static int pidfd_of_parent(void) { return opened((int)syscall(434, targets.parent, 0)); }
static int trace_parent(void) { return outcome(ptrace(PTRACE_SEIZE, targets.parent, NULL, NULL)); }

static int read_parent(void) {
    static char here[8];
    struct iovec local = {here, sizeof here}, remote = {(void *)here, sizeof here};
    // Any address will do: permission is looked at first.
    if (process_vm_readv(targets.parent, &local, 1, &remote, 1, 0) >= 0) return 0;
    return errno == EFAULT ? 0 : errno;
}

static int open_parent_memory(void) {
    snprintf(path_buffer, sizeof path_buffer, "/proc/%d/mem", (int)targets.parent);
    return opened(open(path_buffer, O_RDONLY));
}

static int limit_parent(void) {
    struct rlimit limit;
    return outcome(prlimit(targets.parent, RLIMIT_NOFILE, NULL, &limit));
}

// --- The kernel

static int mount_memory(void) { return outcome(mount("none", targets.folder, "tmpfs", 0, NULL)); }
static int new_namespaces(void) { return outcome(unshare(CLONE_NEWUSER)); }
static int enter_namespace(void) { return outcome(setns(0, 0)) == EPERM ? EPERM : 0; }
static int change_root(void) { return outcome(chroot("/")); }
static int io_ring(void) {
    char parameters[120] = {0};
    return opened((int)syscall(425, 1, parameters));
}
static int bpf_map(void) {
    unsigned attributes[32] = {2, 4, 4, 1};  // an array of one
    return opened((int)syscall(SYS_bpf, 0, attributes, sizeof attributes));
}
static int fault_handler(void) { return opened((int)syscall(SYS_userfaultfd, O_CLOEXEC | 1)); }
static int performance_events(void) {
    unsigned char attributes[112] = {1};
    attributes[4] = sizeof attributes;
    return opened((int)syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}
static int session_keyring(void) { return outcome(syscall(SYS_keyctl, 0, -3, 1)); }
static int shared_memory(void) {
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    if (id < 0) return errno;
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
static int another_personality(void) { return outcome(syscall(SYS_personality, 0x0400000)); }
static int become_dumpable(void) { return outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static int another_filter(void) { return outcome(prctl(PR_SET_SECCOMP, 1, 0, 0, 0)); }
static int fake_input(void) { return outcome(ioctl(0, TIOCSTI, "x")); }
static int own_signals(void) { return outcome(fcntl(1, F_SETOWN, targets.parent)); }

static int more_descriptors(void) {
    struct rlimit limit = {1 << 16, 1 << 16};
    return outcome(setrlimit(RLIMIT_NOFILE, &limit));
}

static int map_executable(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return errno;
    munmap(page, 4096);
    return 0;
}

static int turn_executable(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return 0;
    int error = outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    munmap(page, 4096);
    return error;
}

// --- A thread that was there before

static int from_outside[2], to_outside[2];

static void *old_thread(void *unused) {
    (void)unused;
    char byte;
    int (*const attempts[])(void) = {read_passwd, connect_tcp, signal_parent};
    while (read(from_outside[0], &byte, 1) == 1) {
        int error = attempts[(int)byte]();
        if (write(to_outside[1], &error, sizeof error) < 0) break;
    }
    return NULL;
}

static int in_old_thread(char attempt) {
    int error = 0;
    if (write(from_outside[1], &attempt, 1) != 1) return 0;
    if (read(to_outside[0], &error, sizeof error) != sizeof error) return 0;
    return error;
}

static int old_thread_reads_passwd(void) { return in_old_thread(0); }
static int old_thread_connects_tcp(void) { return in_old_thread(1); }
static int old_thread_signals_parent(void) { return in_old_thread(2); }

// --- What must work

static int open_font(void) {
    int descriptor = open(targets.font, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    char bytes[16];
    int error = outcome(read(descriptor, bytes, sizeof bytes));
    close(descriptor);
    return error;
}

static int list_fonts(void) { return opened(open(targets.font_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

static void *touch_memory(void *result) {
    char *bytes = malloc(1 << 20);
    if (bytes) memset(bytes, 1, 1 << 20);
    *(int *)result = bytes ? 0 : ENOMEM;
    free(bytes);
    return NULL;
}

static int start_thread(void) {
    pthread_t thread;
    int result = EINVAL;
    int error = pthread_create(&thread, NULL, touch_memory, &result);
    if (error) return error;
    pthread_join(thread, NULL);
    return result;
}

static int much_memory(void) {
    char *bytes = malloc(100 << 20);
    if (!bytes) return ENOMEM;
    memset(bytes, 1, 100 << 20);
    free(bytes);
    return 0;
}

static int end_itself(void) {
    abort();
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} attempts[] = {
    {"connect-tcp", connect_tcp},
    {"bind-tcp", bind_tcp},
    {"connect-unix", connect_unix},
    {"connect-abstract", connect_abstract},
    {"socket-udp", socket_udp},
    {"socket-netlink", socket_netlink},
    {"socket-pair", socket_pair},
    {"read-passwd", read_passwd},
    {"read-own-program", read_own_program},
    {"read-own-memory-map", read_own_memory_map},
    {"read-victim", read_victim},
    {"list-root", list_root},
    {"write-victim", write_victim},
    {"append-victim", append_victim},
    {"truncate-victim", truncate_victim},
    {"chmod-victim", chmod_victim},
    {"create-file", create_file},
    {"create-unnamed", create_unnamed},
    {"make-folder", make_folder},
    {"make-link", make_link},
    {"make-fifo", make_fifo},
    {"rename-victim", rename_victim},
    {"remove-victim", remove_renamed},
    {"write-font", write_font},
    {"fork", fork_process},
    {"vfork", vfork_process},
    {"clone", clone_process},
    {"clone3", clone3_process},
    {"execute", execute},
    {"execute-memory", execute_memory},
    {"memory-file", memory_file},
    {"signal-parent", signal_parent},
    {"signal-group", signal_group},
    {"signal-parent-thread", signal_parent_thread},
    {"pidfd-of-parent", pidfd_of_parent},
    {"trace-parent", trace_parent},
    {"read-parent", read_parent},
    {"open-parent-memory", open_parent_memory},
    {"limit-parent", limit_parent},
    {"mount", mount_memory},
    {"new-namespaces", new_namespaces},
    {"enter-namespace", enter_namespace},
    {"change-root", change_root},
    {"io-ring", io_ring},
    {"bpf", bpf_map},
    {"fault-handler", fault_handler},
    {"performance-events", performance_events},
    {"session-keyring", session_keyring},
    {"shared-memory", shared_memory},
    {"another-personality", another_personality},
    {"become-dumpable", become_dumpable},
    {"another-filter", another_filter},
    {"fake-input", fake_input},
    {"own-signals", own_signals},
    {"more-descriptors", more_descriptors},
    {"map-executable", map_executable},
    {"turn-executable", turn_executable},
    {"old-thread-reads-passwd", old_thread_reads_passwd},
    {"old-thread-connects-tcp", old_thread_connects_tcp},
    {"old-thread-signals-parent", old_thread_signals_parent},
    {"open-font", open_font},
    {"list-fonts", list_fonts},
    {"start-thread", start_thread},
    {"much-memory", much_memory},
    {"end-itself", end_itself},
};

void recto_probe_prepare(const struct recto_probe_targets *given) {
    targets = *given;
    pthread_t thread;
    if (pipe(from_outside) || pipe(to_outside) || pthread_create(&thread, NULL, old_thread, NULL)) abort();
    pthread_detach(thread);
}

size_t recto_probe_count(void) { return sizeof attempts / sizeof *attempts; }
const char *recto_probe_name(size_t index) { return attempts[index].name; }
int recto_probe_run(size_t index) { return attempts[index].run(); }
const char *recto_probe_error(int error) { return strerrorname_np(error); }
