#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: container-profile.py PROGRAM [ARGUMENT...]

Runs a program under what the default seccomp profile of Docker and containerd (Kubernetes: RuntimeDefault) refuses to a
container without capabilities, as far as a sandbox could want it: namespaces, mounts, keys, tracing of the kernel.
The profile is an allow-list; this is its complement by name. Needs libseccomp.so.2, and root or no_new_privs.
"""
import ctypes
import errno
import os
import sys

REFUSED = (
    "acct add_key bpf delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module "
    "io_uring_enter io_uring_register io_uring_setup kexec_file_load kexec_load keyctl lookup_dcookie mbind mount "
    "mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open pivot_root quotactl "
    "reboot request_key set_mempolicy setdomainname sethostname setns settimeofday swapoff swapon syslog umount umount2 "
    "unshare userfaultfd vhangup"
).split()
# CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET, the mask that the profile has.
NAMESPACES = 0x7E020000
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
MASKED_EQUAL = 7


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


def check(result, what):
    if result < 0:
        sys.exit(f"container-profile: {what}: {os.strerror(-result)}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Comparison),
    ]
    call = library.seccomp_syscall_resolve_name
    call.argtypes = [ctypes.c_char_p]
    add = library.seccomp_rule_add_array

    rules = library.seccomp_init(ALLOW)
    for name in REFUSED:
        number = call(name.encode())
        if number >= 0:
            check(add(rules, ERRNO | errno.EPERM, number, 0, None), name)
    check(add(rules, ERRNO | errno.ENOSYS, call(b"clone3"), 0, None), "clone3")
    for bit in range(32):
        flag = 1 << bit
        if NAMESPACES & flag:
            has_flag = Comparison(0, MASKED_EQUAL, flag, flag)
            check(add(rules, ERRNO | errno.EPERM, call(b"clone"), 1, ctypes.byref(has_flag)), "clone")
    check(library.seccomp_load(rules), "the filter cannot be loaded")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
