/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "hash.h"

static void assert_hash(const unsigned char hash[HASH_SIZE], const char *expected)
{
    char text[2 * HASH_SIZE + 1];
    for (size_t i = 0; i < HASH_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(text, expected);
}

/* Source: FIPS 180-2 appendix B, and the well-known hash of nothing. */
static void sha256_agrees_with_the_standard(void **state)
{
    (void)state;
    unsigned char hash[HASH_SIZE];
    hash_sha256(BYTES("abc"), hash);
    assert_hash(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256((struct bytes){NULL, 0}, hash);
    assert_hash(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Source: RFC 4231 section 4.3. */
static void hmac_agrees_with_the_standard(void **state)
{
    (void)state;
    unsigned char hash[HASH_SIZE];
    hash_hmac(BYTES("Jefe"), BYTES("what do ya want for nothing?"), hash);
    assert_hash(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_agrees_with_the_standard),
        cmocka_unit_test(hmac_agrees_with_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
