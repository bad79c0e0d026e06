/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "arena.h"
#include "x509.h"

#define DAY_S (24 * 60 * 60)
#define LONG_NAME_SIZE 254

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

/* The first certificate of a chain; the caller frees it. */
static X509 *parse(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(certificate);
    BIO_free(bio);
    return certificate;
}

static struct certificate authority(void)
{
    struct certificate made;
    assert_true(x509_make_authority(&arena, &made));
    return made;
}

static X509 *issue(const struct certificate *by, const char *const *names, size_t count,
                   struct certificate *out)
{
    assert_true(x509_issue(&arena, by, names, count, out));
    return parse(out->chain);
}

/* As a client does: the certificate by itself, with the authority as all its trust. */
static int verify(X509 *certificate, const char *trusted)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509 *root = parse(trusted);
    assert_true(X509_STORE_add_cert(store, root));
    assert_true(X509_STORE_CTX_init(context, store, certificate, NULL));
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    int is_fine = X509_verify_cert(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(root);
    return is_fine;
}

static void what_is_issued_is_trusted_through_its_authority_alone(void **state)
{
    (void)state;
    const char *const names[] = {"back.local"};
    struct certificate ours = authority(), other = authority(), made;
    X509 *certificate = issue(&ours, names, COUNT(names), &made);
    assert_int_equal(verify(certificate, ours.chain), 1);
    assert_int_equal(verify(certificate, other.chain), 0);
    X509_free(certificate);
}

static void the_chain_ends_with_the_authority(void **state)
{
    (void)state;
    struct certificate ours = authority(), made;
    X509_free(issue(&ours, NULL, 0, &made));
    size_t chain = strlen(made.chain), root = strlen(ours.chain);
    assert_true(chain > root);
    assert_string_equal(made.chain + chain - root, ours.chain);
}

static void the_key_is_the_certificates(void **state)
{
    (void)state;
    struct certificate ours = authority(), made;
    X509 *certificate = issue(&ours, NULL, 0, &made);
    BIO *bio = BIO_new_mem_buf(made.key, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_true(X509_check_private_key(certificate, key));
    EVP_PKEY_free(key);
    BIO_free(bio);
    X509_free(certificate);
}

static void it_holds_from_yesterday_for_ten_years(void **state)
{
    (void)state;
    struct certificate ours = authority(), made;
    X509 *certificate = issue(&ours, NULL, 0, &made);
    int days, seconds;
    assert_true(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                               X509_get0_notAfter(certificate)));
    assert_int_equal(days, 3653);
    assert_true(X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0);
    X509_free(certificate);
}

static void each_name_that_a_dns_can_have_is_in_it(void **state)
{
    (void)state;
    char long_name[LONG_NAME_SIZE + 1] = "";
    memset(long_name, 'a', LONG_NAME_SIZE);
    const char *const names[] = {"a.local",     "",         "b c", "caf\xc3\xa9.local", long_name,
                                 long_name + 1, "127.0.0.3"};
    struct certificate ours = authority(), made;
    X509 *certificate = issue(&ours, names, COUNT(names), &made);
    GENERAL_NAMES *found = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const char *const expected[] = {"a.local", long_name + 1, "127.0.0.3"};
    assert_int_equal(sk_GENERAL_NAME_num(found), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        int type;
        const ASN1_STRING *text =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(found, (int)i), &type);
        assert_int_equal(type, GEN_DNS);
        assert_int_equal(ASN1_STRING_length(text), strlen(expected[i]));
        assert_memory_equal(ASN1_STRING_get0_data(text), expected[i], strlen(expected[i]));
    }
    GENERAL_NAMES_free(found);
    X509_free(certificate);
}

static void without_names_there_is_no_list_of_them(void **state)
{
    (void)state;
    struct certificate ours = authority(), made;
    X509 *certificate = issue(&ours, NULL, 0, &made);
    assert_int_equal(X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1), -1);
    X509_free(certificate);
}

static void an_authority_that_cannot_be_read_issues_nothing(void **state)
{
    (void)state;
    struct certificate ours = authority(), made = {0};
    assert_false(x509_issue(&arena, &(struct certificate){"chain", ours.key}, NULL, 0, &made));
    assert_false(x509_issue(&arena, &(struct certificate){ours.chain, "key"}, NULL, 0, &made));
    assert_null(made.chain);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_issued_is_trusted_through_its_authority_alone),
        TEST(the_chain_ends_with_the_authority),
        TEST(the_key_is_the_certificates),
        TEST(it_holds_from_yesterday_for_ten_years),
        TEST(each_name_that_a_dns_can_have_is_in_it),
        TEST(without_names_there_is_no_list_of_them),
        TEST(an_authority_that_cannot_be_read_issues_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
