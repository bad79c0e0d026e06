/* SPDX-License-Identifier: Apache-2.0
 *
 * How connections and servers come and go: patience, limits, draining, TLS.
 */
#include "http_server.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define GET(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"
#define SHORT_MS 50

static void assert_says(int fd, const char *request, const char *status)
{
    char text[TEXT_MAX];
    say(fd, request);
    assert_has(hear(fd, text), status);
}

/* Comes back when the server has closed the connection. */
static void await_close(int fd)
{
    char text[TEXT_MAX];
    assert_string_equal(hear_end(fd, text), "");
    close(fd);
}

/* Comes back SHORT_MS or more later: the server's own patience is the clock. */
static void outwait(const struct server *server)
{
    await_close(dial(server));
}

static void start_impatient(struct server *server)
{
    server_init(server);
    server->body_patience_ms = SHORT_MS;
    server->options.limits.head_patience_ms = SHORT_MS;
    server_start(server);
}

static void a_client_that_owes_a_head_or_a_body_is_closed(void **state)
{
    static const char *const unfinished[] = {
        "", "GET", "GET / HTTP/1.1\r\nHost: x\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell",
        "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};
    (void)state;
    struct server server;
    start_impatient(&server);
    for (size_t i = 0; i < COUNT(unfinished); i++) {
        int fd = dial(&server);
        say(fd, unfinished[i]);
        await_close(fd);
        fd = dial(&server);
        assert_says(fd, GET("/"), "HTTP/1.1 200 ");
        say(fd, unfinished[i]);
        await_close(fd);
    }
    server_stop(&server);
}

/* Its timer is moved forward, though the one for the head was not yet due. */
static void patience_for_a_body_may_be_shorter_than_for_a_head(void **state)
{
    (void)state;
    struct server server;
    server_init(&server);
    server.body_patience_ms = SHORT_MS;
    server_start(&server);
    int fd = dial(&server);
    say(fd, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell");
    await_close(fd);
    server_stop(&server);
}

static void each_answer_renews_patience(void **state)
{
    (void)state;
    struct server server;
    char c;
    start_impatient(&server);
    int idle = dial(&server), busy = dial(&server);
    do
        assert_says(busy, GET("/"), "HTTP/1.1 200 ");
    while (recv(idle, &c, 1, MSG_DONTWAIT) < 0);
    for (int again = 0; again < 3; again++)
        assert_says(busy, GET("/"), "HTTP/1.1 200 ");
    close(idle);
    close(busy);
    server_stop(&server);
}

/* Bytes that come one by one do not buy time. */
static void a_slow_client_is_closed(void **state)
{
    (void)state;
    struct server server;
    start_impatient(&server);
    int fd = dial(&server);
    char c;
    say(fd, "GET / HTTP/1.1\r\nHost: ");
    struct timeval pause = {.tv_usec = 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    ssize_t got;
    while ((got = recv(fd, &c, 1, 0)) < 0 && errno == EAGAIN)
        send(fd, "x", 1, MSG_NOSIGNAL);
    assert_true(got <= 0);
    close(fd);
    server_stop(&server);
}

static void a_client_that_does_not_read_its_answer_is_closed(void **state)
{
    (void)state;
    struct server server;
    start_impatient(&server);
    int fd = dial(&server);
    say(fd, GET("/huge"));
    outwait(&server);
    outwait(&server);
    char *piece = malloc(1 << 20);
    size_t size = 0;
    for (ssize_t more; (more = recv(fd, piece, 1 << 20, 0)) > 0;)
        size += (size_t)more;
    assert_true(size > 0 && size < HUGE_ANSWER);
    free(piece);
    close(fd);
    server_stop(&server);
}

static void time_in_the_handlers_hands_does_not_count(void **state)
{
    (void)state;
    struct server server;
    char text[TEXT_MAX];
    start_impatient(&server);
    int fd = dial(&server);
    say(fd, GET("/held"));
    outwait(&server);
    outwait(&server);
    assert_says(dial(&server), GET("/release"), "HTTP/1.1 200 ");
    assert_has(hear(fd, text), "HTTP/1.1 200 ");
    await_close(fd); /* and now it does again */
    server_stop(&server);
}

static void a_client_may_go_away_at_any_time(void **state)
{
    static const char *const parts[] = {
        GET("/held"), GET("/later"), GET("/huge"),
        GET("/"),     "GET /",       "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell"};
    (void)state;
    struct server server;
    server_init(&server);
    server_start(&server);
    for (size_t i = 0; i < COUNT(parts); i++) {
        for (int is_reset = 0; is_reset < 2; is_reset++) {
            int fd = dial(&server);
            say(fd, parts[i]);
            struct linger reset = {.l_onoff = is_reset};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
            close(fd);
        }
    }
    int fd = dial(&server);
    assert_says(fd, GET("/release"), "HTTP/1.1 200 ");
    assert_says(fd, GET("/"), "HTTP/1.1 200 ");
    close(fd);
    server_stop(&server);
}

/* The end of the stream travels in the segment of the last bytes: libmicrohttpd sees one edge. */
static void a_client_that_hangs_up_halfway_is_closed_soon(void **state)
{
    static const char *const unfinished[] = {
        "GET", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell",
        GET("/") "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell"};
    (void)state;
    struct server server;
    server_init(&server); /* whose own patience is longer than that of the test */
    server_start(&server);
    for (size_t i = 0; i < COUNT(unfinished); i++) {
        char text[TEXT_MAX];
        int fd = dial(&server);
        ssize_t size = (ssize_t)strlen(unfinished[i]);
        assert_int_equal(send(fd, unfinished[i], (size_t)size, MSG_MORE), size);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        hear_end(fd, text);
        close(fd);
    }
    server_stop(&server);
}

static void a_surplus_connection_is_told_to_come_back(void **state)
{
    (void)state;
    struct server server;
    char text[TEXT_MAX];
    int fds[3];
    server_init(&server);
    server.options.limits.connections = COUNT(fds);
    server.options.limits.connections_hard = COUNT(fds) + 1;
    server_start(&server);
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = dial(&server);
        assert_says(fds[i], GET("/"), "HTTP/1.1 200 ");
    }
    int surplus = dial(&server);
    say(surplus, GET("/"));
    hear_end(surplus, text);
    assert_has(text, "HTTP/1.1 503 ");
    assert_has(text, "\r\nRetry-After: 1\r\n");
    assert_has(text, "\r\nConnection: close\r\n");
    assert_has(text, "{\"message\":\"too many connections\"}");
    close(surplus);
    for (size_t i = 0; i < COUNT(fds); i++) {
        assert_says(fds[i], GET("/"), "HTTP/1.1 200 "); /* the others are still served */
        close(fds[i]);
    }
    server_stop(&server);
}

static void the_thousand_and_first_connection_is_a_surplus(void **state)
{
    (void)state;
    struct server server;
    static int fds[1001];
    server_init(&server);
    server_start(&server); /* raises the limit of descriptors, also for this side */
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = dial(&server);
    assert_says(fds[999], GET("/"), "HTTP/1.1 200 ");
    assert_says(fds[0], GET("/"), "HTTP/1.1 200 ");
    assert_says(fds[1000], GET("/"), "HTTP/1.1 503 ");
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    server_stop(&server);
}

/* In a process of its own, for a lowered hard limit does not rise again. */
static void few_descriptors_scale_the_limits_down(void **state)
{
    (void)state;
    int out[2];
    char text[TEXT_MAX] = "";
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        struct server server;
        server_init(&server);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){174, 174});
        dup2(out[1], STDERR_FILENO);
        server_start(&server);
        server_stop(&server);
        _exit(0);
    }
    close(out[1]);
    for (ssize_t more, size = 0; (more = read(out[0], text + size, 1000)) > 0;)
        size += more;
    close(out[0]);
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_has(text,
               "level=warn at=http event=\"few descriptors\" descriptors=174 connections=100\n");
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}

static void draining_answers_what_is_in_flight_and_closes_the_rest(void **state)
{
    (void)state;
    struct server server;
    char text[TEXT_MAX];
    server_init(&server);
    server_start(&server);
    int held = dial(&server), half = dial(&server), idle = dial(&server), last = dial(&server);
    say(held, GET("/held"));
    say(half, "PUT /release HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    assert_says(idle, GET("/"), "HTTP/1.1 200 ");
    assert_says(last, GET("/drain"), "HTTP/1.1 200 ");
    await_close(last);
    await_close(idle);
    say(half, "llo");
    const int finished[] = {half, held};
    for (size_t i = 0; i < COUNT(finished); i++) {
        hear_end(finished[i], text);
        assert_has(text, "HTTP/1.1 200 ");
        assert_has(text, "\r\nConnection: close\r\n");
        close(finished[i]);
    }
    server_close(&server);
    assert_true(server.is_drained);
}

/* Both requests are there before the loop runs, the one to drain first. */
static void draining_answers_what_has_come_but_was_not_read(void **state)
{
    (void)state;
    struct server server;
    char text[TEXT_MAX];
    server_init(&server);
    server_listen(&server);
    int first = dial(&server), second = dial(&server);
    say(first, GET("/drain"));
    say(second, GET("/"));
    assert_int_equal(pthread_create(&server.thread, NULL, server_run, &server), 0);
    hear_end(first, text);
    hear_end(second, text);
    assert_has(text, "HTTP/1.1 200 ");
    assert_has(text, "\r\nConnection: close\r\n");
    close(first);
    close(second);
    server_close(&server);
}

static void draining_closes_what_was_just_answered(void **state)
{
    (void)state;
    struct server server;
    char text[TEXT_MAX];
    server_init(&server);
    server_start(&server);
    int fd = dial(&server);
    say(fd, GET("/last"));
    hear_end(fd, text);
    assert_has(text, "HTTP/1.1 200 ");
    close(fd);
    server_close(&server);
    assert_true(server.is_drained);
}

static void draining_ends_with_its_patience(void **state)
{
    (void)state;
    struct server server;
    server_init(&server);
    server.drain_patience_ms = SHORT_MS;
    server_start(&server);
    int held = dial(&server), fd = dial(&server);
    say(held, GET("/held"));
    assert_says(fd, GET("/"), "HTTP/1.1 200 ");
    assert_says(fd, GET("/drain"), "HTTP/1.1 200 ");
    pthread_join(server.thread, NULL);
    assert_true(server.is_drained);
    assert_int_equal(server.held_count, 1);
    struct server again = {0}; /* the port is free */
    server_init(&again);
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%u", server.port);
    again.options.address = address;
    server_start(&again);
    server_stop(&again);
    http_close(server.http); /* with a request that has no answer */
    loop_free(server.loop);
    await_close(held);
    close(fd);
}

static const struct {
    const char *address, *reason;
} no_addresses[] = {
    {"",                 "must be ADDR:PORT"                           },
    {"127.0.0.1",        "must be ADDR:PORT"                           },
    {"127.0.0.1:",       "must be ADDR:PORT"                           },
    {":80",              "must be ADDR:PORT"                           },
    {"127.0.0.1:http",   "must be ADDR:PORT"                           },
    {"127.0.0.1:-1",     "must be ADDR:PORT"                           },
    {"127.0.0.1:123456", "must be ADDR:PORT"                           },
    {"127.0.0.1:65536",  "must be ADDR:PORT"                           },
    {"::1:80",           "must be ADDR:PORT"                           },
    {"[::1]80",          "must be ADDR:PORT"                           },
    {"[]:80",            "must be ADDR:PORT"                           },
    {"[::1:80",          "must be ADDR:PORT"                           },
    {"127.0.0.1.5:80",   "127.0.0.1.5:80: "                            },
    {"192.0.2.1:0",      "192.0.2.1:0: Cannot assign requested address"},
};

static void assert_does_not_listen(struct server *server, const char *reason)
{
    struct arena arena = {0};
    const char *why = "";
    assert_null(http_listen(server->loop, &server->options, &arena, &why));
    assert_has(why, reason);
    assert_null(strchr(why, '\n'));
    arena_clear(&arena);
}

static void an_address_that_cannot_be_bound_has_a_reason(void **state)
{
    (void)state;
    struct server server, other;
    server_init(&server);
    for (size_t i = 0; i < COUNT(no_addresses); i++) {
        server.options.address = no_addresses[i].address;
        assert_does_not_listen(&server, no_addresses[i].reason);
    }
    server_init(&other);
    server_start(&other);
    server.options.address = http_address(other.http);
    assert_does_not_listen(&server, ": the port is in use");
    server_stop(&other);
    loop_free(server.loop);
}

static void an_address_is_shown_as_bound(void **state)
{
    static const char *const addresses[] = {"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"};
    (void)state;
    struct arena arena = {0};
    struct server server;
    server_init(&server);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const char *reason = "";
        server.options.address = addresses[i];
        server.http = http_listen(server.loop, &server.options, &arena, &reason);
        if (!server.http && strchr(reason, '['))
            continue; /* a machine without IPv6 */
        assert_non_null(server.http);
        const char *shown = http_address(server.http);
        assert_memory_equal(shown, addresses[i], strlen(addresses[i]) - 1);
        assert_true(strtoul(strrchr(shown, ':') + 1, NULL, 10) > 0);
        http_close(server.http);
    }
    loop_free(server.loop);
    arena_clear(&arena);
}

/* A fresh key and a certificate that it has signed, as PEM. */
struct identity {
    char certificate[4096], key[4096];
};

static void pem_text(BIO *bio, char *out, size_t size)
{
    int length = BIO_read(bio, out, (int)size - 1);
    assert_true(length > 0);
    out[length] = '\0';
    BIO_free(bio);
}

static void make_identity(struct identity *out)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    BIO *text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(text, certificate);
    pem_text(text, out->certificate, sizeof(out->certificate));
    text = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL);
    pem_text(text, out->key, sizeof(out->key));
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Head and body of an answer may come in records of their own. */
static void assert_tls_says(SSL *tls, const char *request, const char *answer)
{
    char text[TEXT_MAX] = "";
    assert_int_equal(SSL_write(tls, request, (int)strlen(request)), strlen(request));
    for (int size = 0; !strstr(text, answer);) {
        int more = SSL_read(tls, text + size, TEXT_MAX - 1 - size);
        assert_true(more > 0);
        size += more;
        text[size] = '\0';
    }
}

static void tls_serves_the_same(void **state)
{
    (void)state;
    struct server server;
    struct identity identity;
    make_identity(&identity);
    server_init(&server);
    server.options.tls_certificate = identity.certificate;
    server.options.tls_key = identity.key;
    server_start(&server);
    int fd = dial(&server);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    assert_int_equal(SSL_connect(tls), 1);
    assert_tls_says(tls, GET("/a"), "GET /a? [] ");
    assert_tls_says(tls, GET("/later"), "GET /later? [] ");
    assert_tls_says(tls, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello");
    assert_tls_says(tls, "GET / HTTP/1.1\r\n\r\n", "no Host header");
    SSL_free(tls);
    SSL_CTX_free(context);
    close(fd);
    server_stop(&server);
}

static void a_client_that_owes_a_handshake_is_closed(void **state)
{
    (void)state;
    struct server server;
    struct identity identity;
    make_identity(&identity);
    server_init(&server);
    server.options.tls_certificate = identity.certificate;
    server.options.tls_key = identity.key;
    server.options.limits.head_patience_ms = SHORT_MS;
    server_start(&server);
    await_close(dial(&server));
    server_stop(&server);
}

static void tls_material_that_does_not_fit_has_a_reason(void **state)
{
    (void)state;
    struct server server;
    struct identity one, other;
    make_identity(&one);
    make_identity(&other);
    const struct {
        const char *certificate, *key;
    } bad[] = {
        {"no PEM",        one.key  },
        {one.certificate, "no PEM" },
        {one.certificate, other.key}
    };
    server_init(&server);
    for (size_t i = 0; i < COUNT(bad); i++) {
        server.options.tls_certificate = bad[i].certificate;
        server.options.tls_key = bad[i].key;
        assert_does_not_listen(&server, "127.0.0.1:0: the TLS certificate or key: ");
    }
    loop_free(server.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_owes_a_head_or_a_body_is_closed),
        cmocka_unit_test(patience_for_a_body_may_be_shorter_than_for_a_head),
        cmocka_unit_test(each_answer_renews_patience),
        cmocka_unit_test(a_slow_client_is_closed),
        cmocka_unit_test(a_client_that_does_not_read_its_answer_is_closed),
        cmocka_unit_test(time_in_the_handlers_hands_does_not_count),
        cmocka_unit_test(a_client_may_go_away_at_any_time),
        cmocka_unit_test(a_client_that_hangs_up_halfway_is_closed_soon),
        cmocka_unit_test(a_surplus_connection_is_told_to_come_back),
        cmocka_unit_test(the_thousand_and_first_connection_is_a_surplus),
        cmocka_unit_test(few_descriptors_scale_the_limits_down),
        cmocka_unit_test(draining_answers_what_is_in_flight_and_closes_the_rest),
        cmocka_unit_test(draining_answers_what_has_come_but_was_not_read),
        cmocka_unit_test(draining_closes_what_was_just_answered),
        cmocka_unit_test(draining_ends_with_its_patience),
        cmocka_unit_test(an_address_that_cannot_be_bound_has_a_reason),
        cmocka_unit_test(an_address_is_shown_as_bound),
        cmocka_unit_test(tls_serves_the_same),
        cmocka_unit_test(a_client_that_owes_a_handshake_is_closed),
        cmocka_unit_test(tls_material_that_does_not_fit_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
