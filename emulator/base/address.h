/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a server listens and who called, as text: ADDR:PORT, or [ADDR]:PORT for IPv6.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

struct arena;
struct sockaddr;

#define ADDRESS_SIZE 64 /* of the longest text, with the NUL */

/* "unknown" for a family other than IPv4 and IPv6. */
void address_print(const struct sockaddr *, char out[ADDRESS_SIZE]);

/* A non-blocking TCP socket that listens; port 0 takes a free one. *out: the address as bound.
 * Errors: -1 with one line in *out_reason (in the arena). */
int address_listen(const char *address, char out[ADDRESS_SIZE], struct arena *,
                   const char **out_reason);

#endif
