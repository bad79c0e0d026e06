/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 as Unicode 15 table 3-7 has it: no surrogates, no overlong forms, at most U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "bytes.h"

bool utf8_valid(struct bytes);
size_t utf8_length(const char *text); /* code points of a valid text */

/* Bytes of the character that a text which is not empty starts with; 0 if it is not valid. */
size_t utf8_first(struct bytes text);

/* The first max bytes at most, of a valid text without a part of a character. */
struct bytes utf8_cut(struct bytes text, size_t max);

#endif
