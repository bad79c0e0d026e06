/* SPDX-License-Identifier: Apache-2.0
 *
 * cmocka with what it needs included first.
 */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those four */
#include <cmocka.h>

#endif
