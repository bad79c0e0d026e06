/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a store's file holds every page that its trees use.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include <stdbool.h>

/* Reads all of it, in a process of its own: LMDB reads through a memory map, and a page that is not
 * in the file kills who touches it. */
bool check_is_whole(const char *directory);

#endif
