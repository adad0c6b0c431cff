// SPDX-License-Identifier: Apache-2.0

#ifndef RECTO_ALLOCATIONS_H
#define RECTO_ALLOCATIONS_H

// Calls of malloc and its kin by this thread so far; -1 where a sanitizer has taken their place.
long recto_allocations(void);

#endif
