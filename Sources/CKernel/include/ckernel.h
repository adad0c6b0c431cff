// SPDX-License-Identifier: Apache-2.0
//
// System calls that Swift cannot make: variadic ones, those whose arguments are macros, and those that the C
// library does not wrap.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// Starts `path` with `arguments` (both NULL-terminated lists) in a process group of its own. The child gets
/// `descriptors[i]` as descriptor 3 + i, /dev/null as standard input, and nothing else but standard output and
/// error. Signal dispositions and mask are reset. Returns the process id, or -errno.
pid_t recto_spawn(
    const char *path, char *const arguments[], char *const environment[], const int *descriptors, size_t count);

/// A pair of connected stream sockets, closed on exec. Returns 0 or -errno.
int recto_socketpair(int descriptors[2]);

/// The most descriptors that one message carries.
#define RECTO_MOST_ATTACHED 2

/// Sends all of `bytes`, up to RECTO_MOST_ATTACHED descriptors with the first byte. Never raises SIGPIPE. Returns 0 or
/// -errno.
int recto_send(int socket, const void *bytes, size_t count, const int *attached, size_t attached_count);

/// Sends `head` and `body` in one call where the kernel takes them. Returns 0 or -errno.
int recto_send2(int socket, const void *head, size_t head_count, const void *body, size_t body_count);

/// Receives up to `capacity` bytes; descriptors that came along are stored in `attached`, which has room for
/// RECTO_MOST_ATTACHED, the other places are -1. Returns the count, 0 at the end of the stream, or -errno.
ssize_t recto_receive(int socket, void *bytes, size_t capacity, int *attached);

/// A file without a name, in memory. Returns a descriptor or -errno.
int recto_unnamed_file(uint64_t size);

/// Memory that this process alone can write: everybody who gets the descriptor can map it read-only, and nobody can
/// change its size. Returns a descriptor, and where it is mapped here, or -errno.
int recto_sealed_memory(size_t size, void **mapped);

/// Maps what `recto_sealed_memory` made, read-only. NULL where that fails or the file is smaller than `size`.
const void *recto_map_sealed(int descriptor, size_t size);
void recto_unmap(const void *mapped, size_t size);

/// Opens what `descriptor` refers to once more, for reading only. Returns a descriptor or -errno.
int recto_reopen_read_only(int descriptor);

/// Gives a range of a file back to the file system; its bytes read as zeros. Returns 0 or -errno.
int recto_punch_hole(int descriptor, uint64_t offset, uint64_t count);

/// Words that one process writes and others read: what was written before a store is seen after the load of it.
static inline uint64_t recto_load_word(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static inline void recto_store_word(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

/// Opens `path` below the folder `directory` for reading; symbolic links are followed only while they stay below it.
/// Returns a descriptor, or -errno.
int recto_open_beneath(int directory, const char *path);

/// The type of the file system on which `path` lies, as in `magic.h`, or -errno.
long recto_file_system(const char *path);

/// Bytes that malloc has handed out and not got back.
size_t recto_allocated_bytes(void);

/// Gives free heap pages back to the kernel.
void recto_trim_heap(void);

/// Has malloc keep up to `free` bytes at the end of its heap, and take from the heap whatever is smaller than `mapped`
/// bytes. Both are below 2 GiB.
void recto_keep_heap(size_t free, size_t mapped);

/// Sets the soft and hard resource limit. Returns 0 or -errno.
int recto_limit_address_space(uint64_t bytes);
int recto_raise_descriptor_limit(void);

/// Names the calling thread; at most 15 bytes are used.
void recto_name_thread(const char *name);

/// The processors that this process may run on.
int recto_processors(void);

/// Turns SIGTERM and SIGINT into bytes that can be read from the descriptor that it returns (or -errno), and ignores
/// SIGPIPE. To be called once.
int recto_watch_signals(void);

/// Continues a digest over 64-bit words; for telling files apart, not for security. In C because every worker digests
/// megabytes when it starts, which unoptimised Swift takes a second for.
uint64_t recto_digest(uint64_t digest, const uint64_t *words, size_t count);

/// A stream socket bound to the address, whose port other sockets may be bound to as well; it does not listen yet.
/// Returns a descriptor, or -errno.
int recto_bind_shared(const struct sockaddr *address, socklen_t length);

/// Has the kernel give new connections of a shared port to the socket that began to listen second, as long as there are
/// two: the newer one. Connections that the older one has not accepted yet stay with it. Returns 0 or -errno.
int recto_prefer_newer(int socket);
