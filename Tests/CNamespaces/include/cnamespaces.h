// SPDX-License-Identifier: Apache-2.0

/// Moves the calling thread into the network namespace that the descriptor stands for. Swift's Glibc module leaves
/// `setns` out. Returns 0 or -errno.
int recto_enter_network(int descriptor);
