// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "ckernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

pid_t recto_spawn(
    const char *path, char *const arguments[], char *const environment[], const int *descriptors, size_t count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);

    // A source below 3 + count could be overwritten by an earlier dup2: move every source above that first.
    int moved[count > 0 ? count : 1];
    int error = 0;
    for (size_t i = 0; i < count; i++) moved[i] = -1;
    for (size_t i = 0; i < count && !error; i++) {
        moved[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 3 + (int)count);
        if (moved[i] < 0) error = errno;
    }
    pid_t child = -1;
    if (!error) {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        for (size_t i = 0; i < count; i++) posix_spawn_file_actions_adddup2(&actions, moved[i], 3 + (int)i);
        posix_spawn_file_actions_addclosefrom_np(&actions, 3 + (int)count);

        sigset_t all, none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        error = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    }
    for (size_t i = 0; i < count; i++)
        if (moved[i] >= 0) close(moved[i]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error ? -error : child;
}

int recto_socketpair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors) ? -errno : 0;
}

static int send_rest(int socket, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        bytes += sent;
        count -= (size_t)sent;
    }
    return 0;
}

union control {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int) * RECTO_MOST_ATTACHED)];
};

int recto_send(int socket, const void *bytes, size_t count, const int *attached, size_t attached_count) {
    if (attached_count == 0) return send_rest(socket, bytes, count);
    if (attached_count > RECTO_MOST_ATTACHED) return -EINVAL;
    struct iovec part = {(void *)bytes, count};
    union control control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * attached_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * attached_count);
    memcpy(CMSG_DATA(header), attached, sizeof(int) * attached_count);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return -errno;
    return send_rest(socket, (const char *)bytes + sent, count - (size_t)sent);
}

int recto_send2(int socket, const void *head, size_t head_count, const void *body, size_t body_count) {
    struct iovec parts[2] = {{(void *)head, head_count}, {(void *)body, body_count}};
    struct msghdr message = {0};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return -errno;
    size_t done = (size_t)sent;
    if (done < head_count) {
        int error = send_rest(socket, (const char *)head + done, head_count - done);
        if (error) return error;
        done = head_count;
    }
    return send_rest(socket, (const char *)body + (done - head_count), body_count - (done - head_count));
}

ssize_t recto_receive(int socket, void *bytes, size_t capacity, int *attached) {
    for (int i = 0; i < RECTO_MOST_ATTACHED; i++) attached[i] = -1;
    struct iovec part = {bytes, capacity};
    union control control;
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            memcpy(attached, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
    return received;
}

// Linux 5.1; older headers lack it.
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int recto_unnamed_file(uint64_t size) {
    int descriptor = memfd_create("recto-blocks", MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    if (ftruncate(descriptor, (off_t)size) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int recto_sealed_memory(size_t size, void **mapped) {
    int descriptor = memfd_create("recto-presence", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -errno;
    *mapped = MAP_FAILED;
    if (ftruncate(descriptor, (off_t)size) == 0)
        *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    // The mapping of this process stays writable; there can be no other.
    if (*mapped != MAP_FAILED &&
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0)
        return descriptor;
    int error = errno;
    if (*mapped != MAP_FAILED) munmap(*mapped, size);
    close(descriptor);
    return -error;
}

const void *recto_map_sealed(int descriptor, size_t size) {
    struct stat status;
    // One that could shrink would kill the reader.
    if (fstat(descriptor, &status) || (uint64_t)status.st_size < size) return NULL;
    void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

void recto_unmap(const void *mapped, size_t size) { munmap((void *)mapped, size); }

int recto_reopen_read_only(int descriptor) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int reopened = open(path, O_RDONLY | O_CLOEXEC);
    return reopened < 0 ? -errno : reopened;
}

int recto_punch_hole(int descriptor, uint64_t offset, uint64_t count) {
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    return fallocate(descriptor, mode, (off_t)offset, (off_t)count) ? -errno : 0;
}

int recto_open_beneath(int directory, const char *path) {
    struct open_how how = {0};
    // O_NONBLOCK: a FIFO in the archive must not hang the opener; it has no effect on regular files.
    how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    long descriptor;
    do descriptor = syscall(SYS_openat2, directory, path, &how, sizeof how);
    while (descriptor < 0 && (errno == EINTR || errno == EAGAIN));
    return descriptor < 0 ? -errno : (int)descriptor;
}

long recto_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) ? -errno : (long)(unsigned int)status.f_type;
}

size_t recto_allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void recto_trim_heap(void) { malloc_trim(0); }

void recto_keep_heap(size_t free, size_t mapped) {
    mallopt(M_TRIM_THRESHOLD, (int)free);
    mallopt(M_MMAP_THRESHOLD, (int)mapped);
}

static int limit(int resource, rlim_t value) {
    struct rlimit wanted = {value, value};
    return setrlimit(resource, &wanted) ? -errno : 0;
}

int recto_limit_address_space(uint64_t bytes) { return limit(RLIMIT_AS, bytes); }

int recto_raise_descriptor_limit(void) {
    struct rlimit current;
    if (getrlimit(RLIMIT_NOFILE, &current)) return -errno;
    current.rlim_cur = current.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &current) ? -errno : 0;
}

void recto_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int recto_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    return CPU_COUNT(&set);
}

static int signal_pipe[2];

static void note_signal(int number) {
    (void)number;
    int error = errno;
    // A full pipe means that there are signals enough to read.
    ssize_t written = write(signal_pipe[1], "", 1);
    (void)written;
    errno = error;
}

int recto_watch_signals(void) {
    if (pipe2(signal_pipe, O_CLOEXEC)) return -errno;
    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    if (sigaction(SIGTERM, &action, NULL) || sigaction(SIGINT, &action, NULL)) return -errno;
    action.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &action, NULL)) return -errno;
    return signal_pipe[0];
}

uint64_t recto_digest(uint64_t digest, const uint64_t *words, size_t count) {
    // A step of the xorshift-multiply family: a bijection, so that no difference is lost.
    for (size_t i = 0; i < count; i++) {
        uint64_t value = digest ^ words[i];
        value = (value ^ value >> 32) * UINT64_C(0x9E3779B97F4A7C15);
        digest = value ^ value >> 29;
    }
    return digest;
}

int recto_bind_shared(const struct sockaddr *address, socklen_t length) {
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(descriptor, address, length) != 0) {
        int code = -errno;
        close(descriptor);
        return code;
    }
    return descriptor;
}

int recto_prefer_newer(int socket) {
    // The program's result is a place among the sockets of the port, in the order in which they began to listen. Where
    // there is no such place the kernel chooses by a hash, as it does without a program.
    struct sock_filter code[] = {{BPF_RET | BPF_K, 0, 0, 1}};
    struct sock_fprog program = {.len = 1, .filter = code};
    int result = setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
    return result == 0 ? 0 : -errno;
}
