/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a server listens and who called, as text: ADDR:PORT, or [ADDR]:PORT for IPv6.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>

struct arena;
struct sockaddr;

#define ADDRESS_SIZE 64 /* of the longest text, with the NUL */

/* "unknown" for a family other than IPv4 and IPv6. */
void address_print(const struct sockaddr *, char out[ADDRESS_SIZE]);

/* Takes HOST:PORT apart, into the arena; an IPv6 host stands in brackets, else where its port
 * starts would be a guess. False, with the outputs untouched, if it is none. */
bool address_split(struct arena *, const char *address, const char **out_host,
                   const char **out_port);

/* A non-blocking TCP socket that listens; port 0 takes a free one. *out: the address as bound.
 * Errors: -1 with one line in *out_reason (in the arena). */
int address_listen(const char *address, char out[ADDRESS_SIZE], struct arena *,
                   const char **out_reason);

#endif
