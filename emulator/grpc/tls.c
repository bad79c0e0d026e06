/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>

static int select_h2(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                     const unsigned char *offered, unsigned offered_size, void *context)
{
    (void)ssl, (void)context;
    static const unsigned char h2[] = {2, 'h', '2'};
    int result = SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_size, h2, sizeof(h2),
                                       offered, offered_size);
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool use_certificates(SSL_CTX *tls, BIO *pem)
{
    X509 *leaf = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    bool is_used = leaf && SSL_CTX_use_certificate(tls, leaf) == 1;
    X509_free(leaf);
    X509 *issuer;
    while (is_used && (issuer = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
        is_used = SSL_CTX_add1_chain_cert(tls, issuer) == 1;
        X509_free(issuer);
    }
    return is_used;
}

static bool use_key(SSL_CTX *tls, BIO *pem)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
    bool is_used = key && SSL_CTX_use_PrivateKey(tls, key) == 1;
    EVP_PKEY_free(key);
    return is_used;
}

static bool use_pem(SSL_CTX *tls, const char *text, bool (*use)(SSL_CTX *, BIO *))
{
    BIO *pem = BIO_new_mem_buf(text, -1);
    bool is_used = pem && use(tls, pem);
    BIO_free(pem);
    return is_used;
}

static const char *configure(SSL_CTX *tls, const char *certificate_pem, const char *key_pem)
{
    if (!use_pem(tls, certificate_pem, use_certificates))
        return "the TLS certificate is not PEM that OpenSSL takes";
    if (!use_pem(tls, key_pem, use_key) || SSL_CTX_check_private_key(tls) != 1)
        return "the TLS key is not PEM, or not the certificate's";
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(tls, select_h2, NULL);
    return NULL;
}

struct ssl_ctx_st *tls_new(const char *certificate_pem, const char *key_pem,
                           const char **out_reason)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    const char *reason =
        tls ? configure(tls, certificate_pem, key_pem) : "OpenSSL has no TLS server";
    ERR_clear_error();
    if (reason) {
        *out_reason = reason;
        SSL_CTX_free(tls);
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    return tls;
}

void tls_free(struct ssl_ctx_st *tls)
{
    SSL_CTX_free(tls);
}

struct ssl_st *tls_accept(struct ssl_ctx_st *tls, int fd)
{
    SSL *ssl = SSL_new(tls);
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}

void tls_end(struct ssl_st *ssl)
{
    if (ssl && SSL_is_init_finished(ssl))
        SSL_shutdown(ssl); /* a notice that no more comes; nobody waits for the answer */
    SSL_free(ssl);
    ERR_clear_error();
}

/* What SSL_read and SSL_write answered, in the words of recv and send. */
static ssize_t outcome(SSL *ssl, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    bool must_wait = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    errno = must_wait ? EAGAIN : EPROTO;
    return -1;
}

static int clamp(size_t size)
{
    return size > INT_MAX ? INT_MAX : (int)size;
}

ssize_t tls_read(struct ssl_st *ssl, void *out, size_t size)
{
    return outcome(ssl, SSL_read(ssl, out, clamp(size)));
}

ssize_t tls_write(struct ssl_st *ssl, const void *data, size_t size)
{
    return outcome(ssl, SSL_write(ssl, data, clamp(size)));
}

bool tls_is_open(const struct ssl_st *ssl)
{
    return SSL_is_init_finished(ssl);
}

bool tls_has_more(const struct ssl_st *ssl)
{
    return SSL_pending(ssl) > 0;
}

bool tls_wants_write(const struct ssl_st *ssl)
{
    return SSL_want_write(ssl);
}
