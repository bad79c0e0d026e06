/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "arena.h"

static const struct {
    const char *address, *host, *port;
} addresses[] = {
    {"127.0.0.1:80",      "127.0.0.1",  "80"   },
    {"0.0.0.0:0",         "0.0.0.0",    "0"    },
    {"localhost:65535",   "localhost",  "65535"},
    {"[::1]:80",          "::1",        "80"   },
    {"[fe80::1%lo]:8080", "fe80::1%lo", "8080" },
    {"",                  NULL,         NULL   },
    {":80",               NULL,         NULL   },
    {"127.0.0.1",         NULL,         NULL   },
    {"127.0.0.1:",        NULL,         NULL   },
    {"127.0.0.1:http",    NULL,         NULL   },
    {"127.0.0.1:-1",      NULL,         NULL   },
    {"127.0.0.1:65536",   NULL,         NULL   },
    {"127.0.0.1:000080",  NULL,         NULL   },
    {"::1:80",            NULL,         NULL   },
    {"[]:80",             NULL,         NULL   },
    {"[::1:80",           NULL,         NULL   },
    {"[::1]80",           NULL,         NULL   },
};

static void an_address_is_taken_apart_or_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const char *host = NULL, *port = NULL;
        bool is_address = address_split(&arena, addresses[i].address, &host, &port);
        if (is_address != (addresses[i].host != NULL))
            fail_msg("%s", addresses[i].address);
        if (!is_address)
            continue;
        assert_string_equal(host, addresses[i].host);
        assert_string_equal(port, addresses[i].port);
    }
    arena_clear(&arena);
}

static void an_address_is_printed_as_it_is_taken_apart(void **state)
{
    (void)state;
    char text[ADDRESS_SIZE];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(65535)};
    const struct sockaddr local = {.sa_family = AF_UNIX};
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    inet_pton(AF_INET6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &v6.sin6_addr);
    address_print((struct sockaddr *)&v4, text);
    assert_string_equal(text, "127.0.0.1:80");
    address_print((struct sockaddr *)&v6, text);
    assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    address_print(&local, text);
    assert_string_equal(text, "unknown");
}

static void port_0_is_a_free_one_and_is_told(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *reason = NULL;
    char bound[ADDRESS_SIZE], again[ADDRESS_SIZE];
    int fd = address_listen("127.0.0.1:0", bound, &arena, &reason);
    assert_true(fd >= 0);
    assert_int_equal(strncmp(bound, "127.0.0.1:", 10), 0);
    assert_string_not_equal(bound, "127.0.0.1:0");
    assert_int_equal(address_listen(bound, again, &arena, &reason), -1);
    assert_non_null(strstr(reason, ": the port is in use"));
    close(fd);
    arena_clear(&arena);
}

static void what_cannot_be_listened_on_is_told_in_one_line(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *reason = NULL;
    char bound[ADDRESS_SIZE];
    assert_int_equal(address_listen("nonsense", bound, &arena, &reason), -1);
    assert_string_equal(reason, "nonsense: must be ADDR:PORT or [ADDR]:PORT");
    assert_int_equal(address_listen("192.0.2.1:0", bound, &arena, &reason), -1);
    assert_string_equal(reason, "192.0.2.1:0: Cannot assign requested address");
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_apart_or_refused),
        cmocka_unit_test(an_address_is_printed_as_it_is_taken_apart),
        cmocka_unit_test(port_0_is_a_free_one_and_is_told),
        cmocka_unit_test(what_cannot_be_listened_on_is_told_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
