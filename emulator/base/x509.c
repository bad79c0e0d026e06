/* SPDX-License-Identifier: Apache-2.0 */
#include "x509.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "arena.h"

#define DAY_S (24L * 60 * 60)
#define YEARS_10_S (3652 * DAY_S)
#define SERIAL_BITS 127
#define DNS_NAME_MAX 253
#define AUTHORITY_NAME "appmesh-emulator throwaway CA"
#define LEAF_NAME "appmesh-emulator"

struct extension {
    int nid;
    const char *value;
};

static const struct extension of_authority[] = {
    {NID_basic_constraints,      "critical,CA:TRUE"    },
    {NID_key_usage,              "critical,keyCertSign"},
    {NID_subject_key_identifier, "hash"                },
};

static const struct extension of_leaf[] = {
    {NID_basic_constraints,        "critical,CA:FALSE"        },
    {NID_key_usage,                "critical,digitalSignature"},
    {NID_ext_key_usage,            "serverAuth,clientAuth"    },
    {NID_subject_key_identifier,   "hash"                     },
    {NID_authority_key_identifier, "keyid:always"             },
};

static bool set_serial(X509 *certificate)
{
    BIGNUM *serial = BN_new();
    bool is_set = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
                  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    BN_free(serial);
    return is_set;
}

/* It holds since yesterday: clocks differ. */
static bool set_times(X509 *certificate)
{
    return X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), YEARS_10_S);
}

static bool set_name(X509_NAME *name, const char *text)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1,
                                      0);
}

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *rows,
                           size_t count)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, rows[i].nid, rows[i].value);
        bool is_added = extension && X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
        if (!is_added)
            return false;
    }
    return true;
}

/* What both kinds have; still without extensions and signature. issuer NULL: the key's own. */
static X509 *certificate_new(EVP_PKEY *key, const char *name, const X509 *issuer)
{
    X509 *certificate = X509_new();
    if (certificate && X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
        set_times(certificate) && set_name(X509_get_subject_name(certificate), name) &&
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate)) &&
        X509_set_pubkey(certificate, key))
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* ---- PEM ---- */

/* Takes the text out of the BIO, which it frees. */
static const char *text_of(struct arena *arena, BIO *bio, bool is_written)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    const char *text = is_written ? arena_copy(arena, (struct bytes){data, (size_t)size}) : NULL;
    BIO_free(bio);
    return text;
}

static const char *print_certificate(struct arena *arena, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return bio ? text_of(arena, bio, PEM_write_bio_X509(bio, certificate)) : NULL;
}

static const char *print_key(struct arena *arena, const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return bio ? text_of(arena, bio, PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
               : NULL;
}

static X509 *read_certificate(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

/* ---- names ---- */

static bool is_dns_name(const char *name)
{
    size_t size = 0;
    while (name[size] > ' ' && name[size] <= '~')
        size++;
    return size > 0 && size <= DNS_NAME_MAX && name[size] == '\0';
}

static bool push_name(GENERAL_NAMES *all, const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *dns = ASN1_IA5STRING_new();
    if (name && dns && ASN1_STRING_set(dns, text, -1)) {
        GENERAL_NAME_set0_value(name, GEN_DNS, dns);
        if (sk_GENERAL_NAME_push(all, name) > 0)
            return true;
    } else {
        ASN1_IA5STRING_free(dns);
    }
    GENERAL_NAME_free(name);
    return false;
}

static bool add_names(X509 *certificate, const char *const *names, size_t count)
{
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    bool is_fine = all;
    for (size_t i = 0; is_fine && i < count; i++)
        is_fine = !is_dns_name(names[i]) || push_name(all, names[i]);
    if (is_fine && sk_GENERAL_NAME_num(all) > 0)
        is_fine = X509_add1_ext_i2d(certificate, NID_subject_alt_name, all, 0, 0) == 1;
    GENERAL_NAMES_free(all);
    return is_fine;
}

/* ---- the two kinds ---- */

bool x509_make_authority(struct arena *arena, struct certificate *out)
{
    struct certificate made = {0};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? certificate_new(key, AUTHORITY_NAME, NULL) : NULL;
    if (certificate &&
        add_extensions(certificate, certificate, of_authority, COUNT(of_authority)) &&
        X509_sign(certificate, key, EVP_sha256()))
        made = (struct certificate){print_certificate(arena, certificate), print_key(arena, key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (!made.chain || !made.key)
        return false;
    *out = made;
    return true;
}

static bool sign(X509 *certificate, X509 *issuer, EVP_PKEY *issuer_key, const char *const *names,
                 size_t count)
{
    return add_extensions(certificate, issuer, of_leaf, COUNT(of_leaf)) &&
           add_names(certificate, names, count) && X509_sign(certificate, issuer_key, EVP_sha256());
}

bool x509_issue(struct arena *arena, const struct certificate *authority, const char *const *names,
                size_t count, struct certificate *out)
{
    struct certificate made = {0};
    X509 *issuer = read_certificate(authority->chain);
    EVP_PKEY *issuer_key = read_key(authority->key), *key = EVP_EC_gen("P-256");
    X509 *certificate = issuer && key ? certificate_new(key, LEAF_NAME, issuer) : NULL;
    if (issuer_key && certificate && sign(certificate, issuer, issuer_key, names, count))
        made = (struct certificate){print_certificate(arena, certificate), print_key(arena, key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    X509_free(issuer);
    if (!made.chain || !made.key)
        return false;
    *out =
        (struct certificate){arena_printf(arena, "%s%s", made.chain, authority->chain), made.key};
    return true;
}
