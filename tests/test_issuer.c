/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "issuer.h"

#define NODES MESHES "/m/virtualNodes"
#define GATEWAYS MESHES "/m/virtualGateways"
#define ARN "arn:aws:acm:us-west-2:123456789012:certificate/one"
#define OTHER_ARN "arn:aws:acm:us-west-2:123456789012:certificate/two"
#define LISTENERS(arn)                                                                             \
    "\"listeners\":[{\"portMapping\":{\"port\":80,\"protocol\":\"http\"},\"tls\":{\"mode\":"       \
    "\"STRICT\",\"certificate\":{\"acm\":{\"certificateArn\":\"" arn "\"}}}}]"
#define SPEC(host, arn)                                                                            \
    "\"spec\":{" LISTENERS(arn) ",\"serviceDiscovery\":{\"dns\":{\"hostname\":\"" host "\"}}}"
#define NODE(name, host, arn) "{\"virtualNodeName\":\"" name "\"," SPEC(host, arn) "}"
#define GATEWAY(arn) "{\"virtualGatewayName\":\"g\",\"spec\":{" LISTENERS(arn) "}}"
#define TRUST                                                                                      \
    "{\"virtualNodeName\":\"client\",\"spec\":{\"backendDefaults\":{\"clientPolicy\":{\"tls\":{"   \
    "\"validation\":{\"trust\":{\"acm\":{\"certificateAuthorityArns\":[\"arn:aws:acm-pca:us-west-" \
    "2:123456789012:certificate-authority/root\"]}}}}}}}}"

static const struct step begin[] = {DOES("PUT", MESHES, "{\"meshName\":\"m\"}")};

static enum status find(const char *arn, struct certificate *out)
{
    struct store_txn *reader = NULL;
    assert_int_equal(store_read(world.store, &reader), OK);
    enum status status = issuer_find(reader, &world.arena, arn, out);
    store_reader_free(reader);
    return status;
}

static struct certificate issued(const char *arn)
{
    struct certificate out;
    assert_int_equal(find(arn, &out), OK);
    return out;
}

static bool is_same(const struct certificate *a, const struct certificate *b)
{
    return strcmp(a->chain, b->chain) == 0 && strcmp(a->key, b->key) == 0;
}

/* The names of a certificate, each behind a blank. */
static const char *names_of(const struct certificate *certificate)
{
    BIO *bio = BIO_new_mem_buf(certificate->chain, -1);
    X509 *parsed = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    GENERAL_NAMES *names = X509_get_ext_d2i(parsed, NID_subject_alt_name, NULL, NULL);
    const char *all = "";
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *text = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), NULL);
        all = arena_printf(&world.arena, "%s %.*s", all, ASN1_STRING_length(text),
                           (const char *)ASN1_STRING_get0_data(text));
    }
    GENERAL_NAMES_free(names);
    X509_free(parsed);
    BIO_free(bio);
    return all;
}

static void assert_names(const char *arn, const char *expected)
{
    struct certificate certificate = issued(arn);
    assert_string_equal(names_of(&certificate), expected);
}

static void a_plain_mesh_needs_no_authority(void **state)
{
    (void)state;
    struct certificate out;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, "{\"virtualNodeName\":\"n\",\"spec\":{}}"), 200);
    assert_int_equal(find(NULL, &out), ERR_NOT_FOUND);
}

static void who_trusts_an_authority_makes_it(void **state)
{
    (void)state;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, TRUST), 200);
    struct certificate first = issued(NULL);
    assert_int_equal(ask("PUT", NODES, NODE("n", "n.local", ARN)), 200);
    struct certificate second = issued(NULL), certificate = issued(ARN);
    assert_true(is_same(&first, &second));
    assert_non_null(strstr(certificate.chain, first.chain));
}

static void a_certificate_has_the_names_of_all_its_users(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", NODES, NODE("b", "b.local.", ARN)),
        DOES("PUT", NODES, NODE("a", "a.local", ARN)),
        DOES("PUT", NODES, NODE("c", "a.local", ARN)),
        DOES("PUT", NODES, NODE("other", "other.local", OTHER_ARN)),
        DOES("PUT", GATEWAYS, GATEWAY(ARN)),
    };
    PLAY(begin);
    PLAY(steps);
    assert_names(ARN, " a.local b.local");
    assert_names(OTHER_ARN, " other.local");
}

static void a_gateways_certificate_has_no_name(void **state)
{
    (void)state;
    PLAY(begin);
    assert_int_equal(ask("PUT", GATEWAYS, GATEWAY(ARN)), 200);
    assert_names(ARN, "");
}

static void a_certificate_follows_its_users(void **state)
{
    (void)state;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", ARN)), 200);
    assert_int_equal(ask("PUT", NODES, NODE("b", "b.local", ARN)), 200);
    assert_int_equal(ask("PUT", NODES "/b", "{" SPEC("new.local", ARN) "}"), 200);
    assert_names(ARN, " a.local new.local");
    assert_int_equal(ask("PUT", NODES "/a", "{" SPEC("a.local", OTHER_ARN) "}"), 200);
    assert_names(ARN, " new.local");
    assert_names(OTHER_ARN, " a.local");
    assert_int_equal(ask("PUT", NODES "/a", "{" SPEC("a.local", ARN) "}"), 200);
    assert_int_equal(ask("DELETE", NODES "/b", ""), 200);
    assert_names(ARN, " a.local");
}

static void a_certificate_stays_while_its_names_do(void **state)
{
    (void)state;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", ARN)), 200);
    struct certificate before = issued(ARN);
    assert_int_equal(ask("PUT", NODES "/a", "{" SPEC("a.local", ARN) "}"), 200);
    assert_int_equal(ask("DELETE", NODES "/a", ""), 200);
    assert_int_equal(ask("PUT", NODES, NODE("b", "a.local", ARN)), 200);
    struct certificate after = issued(ARN);
    assert_true(is_same(&before, &after));
}

static void a_refused_write_issues_nothing(void **state)
{
    (void)state;
    struct certificate out;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", "none")), 400);
    assert_int_equal(ask("PUT", MESHES "/x/virtualNodes", NODE("a", "a.local", ARN)), 404);
    assert_int_equal(find(ARN, &out), ERR_NOT_FOUND);
    assert_int_equal(find(NULL, &out), ERR_NOT_FOUND);
}

static void a_reset_changes_no_certificate(void **state)
{
    (void)state;
    struct store_txn *txn;
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", ARN)), 200);
    struct certificate before = issued(ARN);
    assert_int_equal(store_begin(world.store, &txn), OK);
    assert_int_equal(store_end(txn, store_reset(txn)), OK);
    PLAY(begin);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", ARN)), 200);
    struct certificate after = issued(ARN);
    assert_true(is_same(&before, &after));
}

static struct store_changes *told;

static void listen(void *context, struct store_changes *changes)
{
    (void)context;
    store_changes_free(told);
    told = changes;
}

/* What a proxy was served for an ARN changes by a node that it knows nothing of. */
static void a_new_certificate_is_told(void **state)
{
    (void)state;
    PLAY(begin);
    store_listen(world.store, listen, NULL);
    assert_int_equal(ask("PUT", NODES, NODE("a", "a.local", ARN)), 200);
    assert_int_equal(told->count, 2);
    assert_string_equal(told->items[1].certificate, ARN);
    assert_int_equal(ask("PUT", NODES "/a", "{" SPEC("a.local", ARN) "}"), 200);
    assert_int_equal(told->count, 1);
    store_listen(world.store, NULL, NULL);
    store_changes_free(told);
    told = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_plain_mesh_needs_no_authority),
        WORLD_TEST(who_trusts_an_authority_makes_it),
        WORLD_TEST(a_certificate_has_the_names_of_all_its_users),
        WORLD_TEST(a_gateways_certificate_has_no_name),
        WORLD_TEST(a_certificate_follows_its_users),
        WORLD_TEST(a_certificate_stays_while_its_names_do),
        WORLD_TEST(a_refused_write_issues_nothing),
        WORLD_TEST(a_reset_changes_no_certificate),
        WORLD_TEST(a_new_certificate_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
