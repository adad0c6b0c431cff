// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "cnamespaces.h"

#include <errno.h>
#include <sched.h>

int recto_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) ? -errno : 0; }
