/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and HMAC-SHA256 by OpenSSL, which the first call initialises: a plain start pays nothing.
 * Errors: none; a failing digest aborts with one line.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "bytes.h"

#define HASH_SIZE 32

void hash_sha256(struct bytes, unsigned char out[HASH_SIZE]);
void hash_hmac(struct bytes key, struct bytes text, unsigned char out[HASH_SIZE]);

#endif
