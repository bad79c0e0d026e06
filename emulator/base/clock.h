/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks. Units are in the names.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);      /* since 1970, for what a client sees */
int64_t clock_monotonic_ms(void); /* for deadlines and durations */
int64_t clock_monotonic_us(void);

#endif
