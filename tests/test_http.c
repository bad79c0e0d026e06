/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server.h"

#define HOST "Host: x\r\n"
#define LENGTH(size) "Content-Length: " size "\r\n"
#define CODED(how) "Transfer-Encoding: " how "\r\n"
#define WITH(headers) " / HTTP/1.1\r\n" headers "\r\n"

static int start(void **state)
{
    static struct server server;
    server_init(&server);
    server_start(&server);
    *state = &server;
    return 0;
}

static int stop(void **state)
{
    server_stop(*state);
    return 0;
}

static const struct {
    const char *request, *answer;
} taken[] = {
    {"GET /a HTTP/1.1\r\n" HOST "\r\n",                               "GET /a? [] "                 },
    {"GET /a?b=c&d HTTP/1.1\r\n" HOST "\r\n",                         "GET /a?b=c&d [] "            },
    {"GET /a//../%2F%00%zz?%00 HTTP/1.1\r\n" HOST "\r\n",             "GET /a//../%2F%00%zz?%00 [] "},
    {"GET /a?b?c HTTP/1.1\r\n" HOST "\r\n",                           "GET /a?b?c [] "              },
    {"GET /a?http://b/c HTTP/1.1\r\n" HOST "\r\n",                    "GET /a?http://b/c [] "       },
    {"GET http://h:1/a%2F?b HTTP/1.1\r\n" HOST "\r\n",                "GET /a%2F?b [] "             },
    {"GET https://h HTTP/1.1\r\n" HOST "\r\n",                        "GET /? [] "                  },
    {"GET http://h?b HTTP/1.1\r\n" HOST "\r\n",                       "GET /?b [] "                 },
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n",                            "OPTIONS *? [] "              },
    {"TRACE / HTTP/1.1\r\n" HOST "\r\n",                              "TRACE /? [] "                },
    {"BREW-IT! / HTTP/1.1\r\n" HOST "\r\n",                           "BREW-IT! /? [] "             },
    {"GET / HTTP/1.1\r\n" HOST "X-Echo: one\r\nx-echo: two\r\n\r\n",  "GET /? [one] "               },
    {"GET / HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n\r\n",      "GET /? [] "                  },
    {"PUT / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",           "PUT /? [] "                  },
    {"PUT / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",      "PUT /? [] hello"             },
    {"PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n"
     "Trailer: t\r\n\r\n",                                       "PUT /? [] hello"             },
    {"PUT /later HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "PUT /later? [] hello"        },
};

static void assert_answered(int fd, const char *answer)
{
    char text[TEXT_MAX];
    hear(fd, text);
    assert_has(text, "HTTP/1.1 200 OK\r\n");
    assert_has(text, "x-test: echo\r\n");
    assert_has(text, "\r\nDate: ");
    assert_null(strcasestr(text, "Connection: close"));
    assert_string_equal(strstr(text, "\r\n\r\n") + 4, answer);
}

static void a_request_arrives_as_sent_and_the_connection_stays(void **state)
{
    for (size_t i = 0; i < COUNT(taken); i++) {
        int fd = dial(*state);
        for (int round = 0; round < 2; round++) {
            say(fd, taken[i].request);
            assert_answered(fd, taken[i].answer);
        }
        close(fd);
    }
}

static void requests_in_one_piece_are_answered_in_order(void **state)
{
    int fd = dial(*state);
    struct buffer all = {0};
    for (size_t i = 0; i < COUNT(taken); i++)
        buffer_text(&all, taken[i].request);
    say(fd, all.data);
    for (size_t i = 0; i < COUNT(taken); i++)
        assert_answered(fd, taken[i].answer);
    close(fd);
    buffer_clear(&all);
}

static void requests_in_pieces_of_a_byte_are_answered(void **state)
{
    int fd = dial(*state);
    for (size_t i = 0; i < COUNT(taken); i++) {
        for (const char *c = taken[i].request; *c; c++)
            assert_int_equal(send(fd, c, 1, MSG_NOSIGNAL), 1);
        assert_answered(fd, taken[i].answer);
    }
    close(fd);
}

static void a_client_that_has_closed_its_sending_side_is_answered(void **state)
{
    for (size_t i = 0; i < COUNT(taken); i++) {
        int fd = dial(*state);
        say(fd, taken[i].request);
        shutdown(fd, SHUT_WR);
        assert_answered(fd, taken[i].answer);
        close(fd);
    }
}

static const struct {
    int status;
    const char *reason, *request;
} refused[] = {
    {400, "no Host header",                            "GET" WITH("")                                            },
    {400, "no Host header",                            "GET / HTTP/1.0\r\n\r\n"                                  },
    {400, "no Host header",                            "GET http://x/ HTTP/1.1\r\n\r\n"                          },
    {400, "more than one Host header",                 "GET" WITH(HOST HOST)                                     },
    {400, "more than one Host header",                 "GET" WITH(HOST "host: y\r\n")                            },
    {400, "more than one Content-Length header",       "PUT" WITH(HOST LENGTH("1") LENGTH("1")) "a"              },
    {400, "both Content-Length and Transfer-Encoding",
     "PUT" WITH(HOST LENGTH("1") CODED("chunked"))                                                               },
    {400, "a Transfer-Encoding other than chunked",    "PUT" WITH(HOST CODED("gzip, chunked"))                   },
    {400, "a Transfer-Encoding other than chunked",    "PUT" WITH(HOST CODED("identity"))                        },
    {400, "a Transfer-Encoding other than chunked",
     "PUT" WITH(HOST CODED("chunked") CODED("chunked"))                                                          },
    {400, "a header name is empty or ends in a blank",
     "PUT" WITH(HOST "Content-Length : 1\r\n") "a"                                                               },
    {400, "a header name is empty or ends in a blank", "GET" WITH(HOST "X\t: 1\r\n")                             },
    {400, "a header name is empty or ends in a blank", "GET" WITH(": 1\r\n" HOST)                                },
    {400, "the method is not a token",                 "G\x01T" WITH(HOST)                                       },
    {400, "the request target is malformed",           "GET meshes HTTP/1.1\r\n" HOST "\r\n"                     },
    {400, "the request target is malformed",           "CONNECT h:80 HTTP/1.1\r\n" HOST "\r\n"                   },
    {400, "the request target is malformed",           "GET /a b HTTP/1.1\r\n" HOST "\r\n"                       },
    {400, "the request target is malformed",           "GET /a?\x7F HTTP/1.1\r\n" HOST "\r\n"                    },
    {400, "the request target is malformed",           "GET /\xC3\xA9 HTTP/1.1\r\n" HOST "\r\n"                  },
    {413, "the body is too large",                     "PUT" WITH(HOST LENGTH("1001"))                           },
    {413, "the body is too large",                     "PUT" WITH(HOST LENGTH("1001") "Expect: 100-continue\r\n")},
    {413, "the body is too large",                     "PUT" WITH(HOST LENGTH("18446744073709551615"))           },
};

static void what_is_not_http_is_refused_in_the_callers_form(void **state)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        char text[TEXT_MAX], line[64], body[128];
        int fd = dial(*state);
        say(fd, refused[i].request);
        hear_end(fd, text);
        snprintf(line, sizeof(line), "HTTP/1.1 %d ", refused[i].status);
        snprintf(body, sizeof(body), "\r\n\r\n{\"message\":\"%s\"}", refused[i].reason);
        assert_memory_equal(text, line, strlen(line));
        assert_has(text, "\r\nConnection: close\r\n");
        assert_has(text, "\r\ncontent-type: application/json\r\n");
        assert_non_null(strstr(text, body));
        close(fd);
    }
}

/* The library's own answers, HTML. */
static const struct {
    const char *status, *request;
} unreadable[] = {
    {"",              "GET\r\n\r\n"                                  },
    {"HTTP/1.1 400 ", "GET /\r\n\r\n"                                },
    {"HTTP/1.1 505 ", "GET / HTTP/2.0\r\n" HOST "\r\n"               },
    {"HTTP/1.1 400 ", "GET" WITH(HOST "no colon\r\n")                },
    {"HTTP/1.1 400 ", "PUT" WITH(HOST LENGTH("-1"))                  },
    {"HTTP/1.1 400 ", "PUT" WITH(HOST LENGTH("1, 1"))                },
    {"HTTP/1.1 413 ", "PUT" WITH(HOST LENGTH("99999999999999999999"))},
    {"HTTP/1.1 400 ", "PUT" WITH(HOST CODED("chunked")) "zz\r\n"     },
};

static void what_cannot_be_read_closes_the_connection(void **state)
{
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        char text[TEXT_MAX];
        int fd = dial(*state);
        say(fd, unreadable[i].request);
        hear_end(fd, text);
        assert_memory_equal(text, unreadable[i].status, strlen(unreadable[i].status));
        close(fd);
    }
}

static void a_head_larger_than_the_pool_is_refused(void **state)
{
    static char name[20000], text[TEXT_MAX];
    int fd = dial(*state);
    memset(name, 'n', sizeof(name) - 1);
    say(fd, "GET / HTTP/1.1\r\n" HOST);
    say(fd, name);
    assert_has(hear(fd, text), "HTTP/1.1 431 ");
    close(fd);
}

static void a_head_request_gets_the_head_alone(void **state)
{
    char text[TEXT_MAX];
    int fd = dial(*state);
    say(fd, "HEAD /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    hear_end(fd, text);
    assert_has(text, "\r\nContent-Length: 12\r\n");
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
}

static void a_client_that_expects_to_be_told_is_told(void **state)
{
    char text[TEXT_MAX];
    int fd = dial(*state);
    say(fd, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(hear(fd, text), "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, "hello");
    assert_answered(fd, "PUT /? [] hello");
    close(fd);
}

/* Sends size bytes of body behind the head, as one chunk if it is chunked. */
static int put_large(struct server *server, const char *target, size_t size, bool is_chunked)
{
    char head[256];
    int fd = dial(server);
    snprintf(head, sizeof(head),
             is_chunked ? "PUT %s HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n%zx\r\n"
                        : "PUT %s HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n",
             target, size);
    say(fd, head);
    char *body = malloc(size);
    assert_non_null(body);
    memset(body, 'b', size);
    for (size_t sent = 0; sent < size;) {
        ssize_t more = send(fd, body + sent, size - sent, MSG_NOSIGNAL);
        if (more < 0)
            break; /* refused */
        sent += (size_t)more;
    }
    free(body);
    if (is_chunked)
        send(fd, "\r\n0\r\n\r\n", 7, MSG_NOSIGNAL);
    return fd;
}

static void a_body_of_a_megabyte_comes_whole(void **state)
{
    for (int is_chunked = 0; is_chunked < 2; is_chunked++) {
        char head[TEXT_MAX] = {0}, length[64];
        int fd = put_large(*state, "/large", LARGE_BODY_MAX, is_chunked);
        const char *start_of_body = "PUT /large? [] ";
        size_t total = strlen(start_of_body) + LARGE_BODY_MAX;
        snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", total);
        for (size_t size = 0; !strstr(head, "\r\n\r\n"); size++)
            assert_int_equal(recv(fd, head + size, 1, 0), 1);
        assert_has(head, length);
        char *body = malloc(total);
        assert_int_equal(recv(fd, body, total, MSG_WAITALL), total);
        assert_memory_equal(body, start_of_body, strlen(start_of_body));
        for (size_t i = strlen(start_of_body); i < total; i++)
            assert_int_equal(body[i], 'b');
        free(body);
        close(fd);
    }
}

static void a_body_over_its_limit_is_refused(void **state)
{
    static const struct {
        const char *target;
        size_t size;
        bool is_chunked;
    } bodies[] = {
        {"/",      BODY_MAX + 1,       true },
        {"/",      BODY_MAX * 3,       true },
        {"/",      BODY_MAX + 1,       false},
        {"/large", LARGE_BODY_MAX + 1, true },
        {"/large", LARGE_BODY_MAX + 1, false},
        {"/large", LARGE_BODY_MAX * 3, false},
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        char text[TEXT_MAX];
        int fd = put_large(*state, bodies[i].target, bodies[i].size, bodies[i].is_chunked);
        assert_has(hear(fd, text), "HTTP/1.1 413 ");
        assert_has(text, "\r\nConnection: close\r\n");
        assert_has(text, "{\"message\":\"the body is too large\"}");
        close(fd);
    }
}

static void a_chunked_body_far_over_its_limit_is_cut_off(void **state)
{
    char text[TEXT_MAX];
    int fd = put_large(*state, "/large", (size_t)LARGE_BODY_MAX * 32, true);
    ssize_t size = recv(fd, text, sizeof(text), 0);
    assert_true(size <= 0); /* no answer: closed, or reset for what was not read */
    close(fd);
}

static void held_requests_are_answered_when_released(void **state)
{
    int first = dial(*state), second = dial(*state), other = dial(*state);
    say(first, "PUT /held?1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none");
    shutdown(first, SHUT_WR); /* it still wants its answer */
    say(second, "GET /held?2 HTTP/1.1\r\n" HOST "\r\nGET /next HTTP/1.1\r\n" HOST "\r\n");
    say(other, "GET /while HTTP/1.1\r\n" HOST "\r\n");
    assert_answered(other, "GET /while? [] ");
    say(other, "GET /release HTTP/1.1\r\n" HOST "\r\n");
    assert_answered(other, "GET /release? [] ");
    assert_answered(first, "PUT /held?1 [] one");
    assert_answered(second, "GET /held?2 [] ");
    assert_answered(second, "GET /next? [] ");
    close(first);
    close(second);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_arrives_as_sent_and_the_connection_stays),
        cmocka_unit_test(requests_in_one_piece_are_answered_in_order),
        cmocka_unit_test(requests_in_pieces_of_a_byte_are_answered),
        cmocka_unit_test(a_client_that_has_closed_its_sending_side_is_answered),
        cmocka_unit_test(what_is_not_http_is_refused_in_the_callers_form),
        cmocka_unit_test(what_cannot_be_read_closes_the_connection),
        cmocka_unit_test(a_head_larger_than_the_pool_is_refused),
        cmocka_unit_test(a_head_request_gets_the_head_alone),
        cmocka_unit_test(a_client_that_expects_to_be_told_is_told),
        cmocka_unit_test(a_body_of_a_megabyte_comes_whole),
        cmocka_unit_test(a_body_over_its_limit_is_refused),
        cmocka_unit_test(a_chunked_body_far_over_its_limit_is_cut_off),
        cmocka_unit_test(held_requests_are_answered_when_released),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
