/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int is_fine)
{
    if (!is_fine) {
        fputs("appmesh-emulator: OpenSSL offers no SHA-256\n", stderr);
        abort();
    }
}

void hash_sha256(struct bytes bytes, unsigned char out[HASH_SIZE])
{
    check(EVP_Digest(bytes.data, bytes.size, out, NULL, EVP_sha256(), NULL));
}

void hash_hmac(struct bytes key, struct bytes text, unsigned char out[HASH_SIZE])
{
    check(HMAC(EVP_sha256(), key.data, (int)key.size, (const unsigned char *)text.data, text.size,
               out, NULL) != NULL);
}
