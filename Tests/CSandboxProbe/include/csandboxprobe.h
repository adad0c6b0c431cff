// SPDX-License-Identifier: Apache-2.0
//
// What somebody might try who has taken a worker over, and what a worker must go on being able to do.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// What the attempts are directed at.
struct recto_probe_targets {
    int tcp_port;             // somebody listens there, on the loopback address
    const char *unix_path;    // and there
    const char *abstract;     // and at that abstract name, given without its leading NUL
    const char *font;         // a file in a readable folder
    const char *font_folder;  // that folder
    const char *folder;       // a folder in which everybody may write, with a file "victim" in it
    pid_t parent;
};

/// Starts the thread that is there before the sandbox closes.
void recto_probe_prepare(const struct recto_probe_targets *targets);

size_t recto_probe_count(void);
const char *recto_probe_name(size_t index);

/// Makes an attempt. Returns 0 if it succeeded, or the error number.
int recto_probe_run(size_t index);

/// Makes the kernel one without Landlock, for this process and what it starts. Returns 0 or -errno.
int recto_probe_hide_landlock(void);

/// The symbol of an error number, such as EPERM.
const char *recto_probe_error(int error);
