/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <envoy/config/cluster/v3/cluster.pb-c.h>
#include <string.h>

#include "dump.h"
#include "json.h"
#include "message.h"
#include "translate/translation.h"

static struct cJSON *parse(const char *text)
{
    struct json_fault fault;
    struct cJSON *json = json_parse(bytes_of(text), &fault);
    assert_non_null(json);
    return json;
}

static void a_duration_keeps_its_value_in_protobufs_form(void **state)
{
    static const struct {
        const char *duration, *dump; /* NULL: absent */
    } rows[] = {
        {"{\"value\":15,\"unit\":\"s\"}",                "\"15s\""        },
        {"{\"value\":0,\"unit\":\"s\"}",                 "\"0s\""         },
        {"{\"value\":250,\"unit\":\"ms\"}",              "\"0.250s\""     },
        {"{\"value\":1001,\"unit\":\"ms\"}",             "\"1.001s\""     },
        {"{\"value\":3}",                                "\"3s\""         },
        {"{\"value\":9007199254740991,\"unit\":\"s\"}",  "\"9223372035s\""},
        {"{\"value\":9007199254740991,\"unit\":\"ms\"}", "\"9223372035s\""},
        {"{\"unit\":\"s\"}",                             NULL             },
        {"{}",                                           NULL             },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct buffer text = {0};
        struct cJSON *json = parse(rows[i].duration);
        Google__Protobuf__Duration *duration = envoy_duration(&arena, json);
        assert_int_equal(duration != NULL, rows[i].dump != NULL);
        if (duration) {
            dump_message(&text, &duration->base);
            assert_string_equal(text.data, rows[i].dump);
        }
        buffer_clear(&text);
        json_free(json);
        arena_clear(&arena);
    }
}

static void retry_events_unite_in_a_fixed_order(void **state)
{
    static const struct {
        const char *events, *retry_on;
        uint32_t codes[16];
    } rows[] = {
        {"[\"gateway-error\",\"client-error\",\"stream-error\"]",
         "reset,refused-stream,retriable-status-codes",                                           {502, 503, 504, 409}                                   },
        {"[\"client-error\"]",                                          "retriable-status-codes", {409}                                                  },
        {"[\"gateway-error\",\"server-error\"]",
         "reset,retriable-status-codes",                                                          {500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511}},
        {"[\"unavailable\",\"connection-error\",\"cancelled\"]",
         "cancelled,unavailable,connect-failure",                                                 {0}                                                    },
        {"[\"resource-exhausted\",\"internal\",\"deadline-exceeded\"]",
         "deadline-exceeded,internal,resource-exhausted",                                         {0}                                                    },
        {"[\"no such event\"]",                                         "",                       {0}                                                    },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct retry_events events = {0};
        struct cJSON *json = parse(rows[i].events);
        retry_events_add(&events, json);
        assert_string_equal(retry_on(&arena, &events), rows[i].retry_on);
        assert_memory_equal(events.codes, rows[i].codes, sizeof(events.codes));
        json_free(json);
        arena_clear(&arena);
    }
}

static void an_ip_preference_decides_family_and_local_address(void **state)
{
    static const struct {
        const char *name, *local;
        int family;
    } rows[] = {
        {NULL,             "127.0.0.1",       ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__AUTO        },
        {"IPv4_PREFERRED", "127.0.0.1",       ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__V4_PREFERRED},
        {"IPv6_PREFERRED", "0:0:0:0:0:0:0:1", ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__AUTO        },
        {"IPv4_ONLY",      "127.0.0.1",       ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__V4_ONLY     },
        {"IPv6_ONLY",      "0:0:0:0:0:0:0:1", ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__V6_ONLY     },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct ip_preference *preference = ip_preference_of(rows[i].name);
        assert_string_equal(preference->local, rows[i].local);
        assert_int_equal(preference->dns_lookup_family, rows[i].family);
    }
}

/* Each row comes before the next. */
static void routes_match_in_a_fixed_order(void **state)
{
    static const struct route_order rows[] = {
        {0,    PATH_PREFIX, "/",    0, "z"},
        {1000, PATH_EXACT,  "/b",   0, "z"},
        {1001, PATH_EXACT,  "/a",   3, "b"},
        {1001, PATH_EXACT,  "/abc", 2, "b"},
        {1001, PATH_REGEX,  "/.*",  0, "b"},
        {1001, PATH_PREFIX, "/abc", 0, "b"},
        {1001, PATH_PREFIX, "/z",   1, "b"},
        {1001, PATH_PREFIX, "/a",   0, "b"},
        {1001, PATH_PREFIX, "/b",   0, "a"},
        {1001, PATH_PREFIX, "/b",   0, "b"},
        {1001, PATH_PREFIX, "/",    9, "a"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t j = 0; j < COUNT(rows); j++) {
            int by = route_order_compare(&rows[i], &rows[j]);
            assert_int_equal((by > 0) - (by < 0), (i > j) - (i < j));
        }
}

static void texts_are_joined_and_numbers_written_in_digits(void **state)
{
    struct arena arena = {0};
    (void)state;
    assert_string_equal(JOIN(&arena, "a", "", "bc"), "abc");
    assert_string_equal(JOIN(&arena, ""), "");
    assert_string_equal(decimal(&arena, 0), "0");
    assert_string_equal(decimal(&arena, 65535), "65535");
    assert_string_equal(decimal(&arena, INT64_MAX), "9223372036854775807");
    assert_string_equal(lower_case(&arena, "X-Az_09"), "x-az_09");
    assert_int_equal(clamp_uint32(-1), 0);
    assert_int_equal(clamp_uint32(4294967296), UINT32_MAX);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_keeps_its_value_in_protobufs_form),
        cmocka_unit_test(retry_events_unite_in_a_fixed_order),
        cmocka_unit_test(an_ip_preference_decides_family_and_local_address),
        cmocka_unit_test(routes_match_in_a_fixed_order),
        cmocka_unit_test(texts_are_joined_and_numbers_written_in_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
