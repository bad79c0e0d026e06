/* SPDX-License-Identifier: Apache-2.0
 *
 * Randomness from the kernel: keys and UUIDs.
 * Errors: none; a kernel without randomness aborts with one line.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

#define UUID_SIZE 37 /* with the NUL */

void random_bytes(void *out, size_t size);

/* A version 4 UUID in lower case with dashes. Safe in any thread. */
void random_uuid(char out[UUID_SIZE]);

#endif
