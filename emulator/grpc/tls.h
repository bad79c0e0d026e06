/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 and 1.3 with ALPN h2, by OpenSSL, on a non-blocking socket.
 */
#ifndef GRPC_TLS_H
#define GRPC_TLS_H

#include <stdbool.h>
#include <sys/types.h>

struct ssl_ctx_st;
struct ssl_st;

/* The certificate may be followed by its chain. Errors: NULL with a static *out_reason. */
struct ssl_ctx_st *tls_new(const char *certificate_pem, const char *key_pem,
                           const char **out_reason);
void tls_free(struct ssl_ctx_st *);

struct ssl_st *tls_accept(struct ssl_ctx_st *, int fd);
void tls_end(struct ssl_st *); /* does not close the fd */

/* As recv and send: -1 with EAGAIN when the socket must be waited for. Reading also shakes hands;
 * nothing is to be written before tls_is_open. */
ssize_t tls_read(struct ssl_st *, void *out, size_t size);
ssize_t tls_write(struct ssl_st *, const void *data, size_t size);
bool tls_is_open(const struct ssl_st *);
bool tls_has_more(const struct ssl_st *);    /* read bytes that no epoll will tell of */
bool tls_wants_write(const struct ssl_st *); /* the handshake waits for room in the socket */

#endif
