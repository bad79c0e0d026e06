/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `health`: is a server ready?
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdint.h>

/* Asks the server at HOST:PORT over plain HTTP until it is ready or the wait is over. 0 if it is
 * ready, else 1 and a line on standard error. */
int health_check(const char *address, uint64_t wait_sec);

#endif
