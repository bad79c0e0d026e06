/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening on unix:PATH.
 */
#ifndef GRPC_UNIX_SOCKET_H
#define GRPC_UNIX_SOCKET_H

#include <stdbool.h>

struct arena;

bool unix_socket_is(const char *address); /* starts with "unix:" */

/* A non-blocking socket, mode 0666: its folder guards it. A socket at PATH that nobody answers on
 * is replaced. Errors: -1 with one line in *out_reason (in the arena). */
int unix_socket_listen(const char *address, struct arena *, const char **out_reason);

/* Removes PATH; nothing for another kind of address. */
void unix_socket_remove(const char *address);

#endif
