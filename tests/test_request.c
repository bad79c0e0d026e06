/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>

#include <envoy/service/discovery/v3/discovery.pb-c.h>

#include "message.h"
#include "request.h"

static struct bytes pack_node(struct arena *arena, Google__Protobuf__Struct *metadata)
{
    Envoy__DiscoveryRequest *request =
        MESSAGE(arena, Envoy__DiscoveryRequest, envoy__discovery_request);
    request->node = MESSAGE(arena, Envoy__Node, envoy__node);
    request->node->id = "mesh/m/virtualNode/n";
    request->node->locality = MESSAGE(arena, Envoy__Locality, envoy__locality);
    request->node->locality->region = "eu-west-1";
    request->node->metadata = metadata;
    request->version_info = "v";
    request->response_nonce = "3";
    request->type_url = "t";
    return message_pack(arena, &request->base);
}

static Google__Protobuf__Struct *struct_of(struct arena *arena, const char *key,
                                           Google__Protobuf__Value *value)
{
    Google__Protobuf__Struct *out =
        MESSAGE(arena, Google__Protobuf__Struct, google__protobuf__struct);
    Google__Protobuf__Struct__FieldsEntry *entry = MESSAGE(
        arena, Google__Protobuf__Struct__FieldsEntry, google__protobuf__struct__fields_entry);
    entry->key = (char *)key;
    entry->value = value;
    SET_ONE(arena, out, fields, entry);
    return out;
}

static Google__Protobuf__Value *text_value(struct arena *arena, const char *text)
{
    Google__Protobuf__Value *value =
        MESSAGE(arena, Google__Protobuf__Value, google__protobuf__value);
    value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
    value->string_value = (char *)text;
    return value;
}

static void a_request_says_who_asks_for_what(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct request request;
    const char *reason;
    struct bytes message = pack_node(
        &arena, struct_of(&arena, "appmesh-emulator.mode", text_value(&arena, "vip-egress")));
    assert_int_equal(request_read(&arena, false, message, &request, &reason), GRPC_OK);
    assert_string_equal(request.node->id, "mesh/m/virtualNode/n");
    assert_string_equal(request.node->region, "eu-west-1");
    assert_string_equal(request.node->settings[SETTING_MODE], "vip-egress");
    assert_null(request.node->settings[SETTING_VIPS]);
    assert_string_equal(request.type_url, "t");
    assert_string_equal(request.nonce, "3");
    assert_string_equal(request.version, "v");
    assert_null(request.refusal);
    arena_clear(&arena);
}

static void a_setting_without_text_is_empty(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct request request;
    const char *reason;
    Google__Protobuf__Value *values[] = {
        NULL, MESSAGE(&arena, Google__Protobuf__Value, google__protobuf__value)};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct bytes message =
            pack_node(&arena, struct_of(&arena, "appmesh-emulator.vips", values[i]));
        assert_int_equal(request_read(&arena, false, message, &request, &reason), GRPC_OK);
        assert_string_equal(request.node->settings[SETTING_VIPS], "");
    }
    arena_clear(&arena);
}

static void a_delta_request_says_what_the_client_holds(void **state)
{
    (void)state;
    /* DeltaDiscoveryRequest: subscribe "a" (3), unsubscribe "b" (4), held {c: 5} (5), and an entry
     * without key and value; error_detail (7) with the message "no" */
    static const char wire[] = "\x1a\x01"
                               "a"
                               "\x22\x01"
                               "b"
                               "\x2a\x06\x0a\x01"
                               "c"
                               "\x12\x01"
                               "5"
                               "\x2a\x00"
                               "\x3a\x04\x12\x02"
                               "no";
    struct arena arena = {0};
    struct request request;
    const char *reason;
    assert_int_equal(
        request_read(&arena, true, ((struct bytes){wire, sizeof(wire) - 1}), &request, &reason),
        GRPC_OK);
    assert_null(request.node);
    assert_int_equal(request.name_count, 1);
    assert_string_equal(request.names[0], "a");
    assert_int_equal(request.unsubscribed_count, 1);
    assert_string_equal(request.unsubscribed[0], "b");
    assert_int_equal(request.held_count, 2);
    assert_string_equal(request.held[0].name, "c");
    assert_string_equal(request.held[0].version, "5");
    assert_string_equal(request.held[1].name, "");
    assert_string_equal(request.refusal, "no");
    arena_clear(&arena);
}

static char *letters(struct arena *arena, size_t count)
{
    char *text = arena_new(arena, count + 1);
    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

static void a_long_refusal_is_cut(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct request request;
    const char *reason;
    Envoy__DiscoveryRequest *message =
        MESSAGE(&arena, Envoy__DiscoveryRequest, envoy__discovery_request);
    message->error_detail = MESSAGE(&arena, Google__Rpc__Status, google__rpc__status);
    message->error_detail->message = letters(&arena, 2 * REQUEST_REFUSAL_SIZE_MAX);
    assert_int_equal(
        request_read(&arena, false, message_pack(&arena, &message->base), &request, &reason),
        GRPC_OK);
    assert_int_equal(strlen(request.refusal), REQUEST_REFUSAL_SIZE_MAX);
    arena_clear(&arena);
}

/* An Envoy lists its extensions in the node, which are no concern of ours. */
static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
    static const char wire[] = "\x12\x09\x0a\x01"
                               "n"
                               "\x4a\x04\x0a\x02\xff\xfe"
                               "\x78\x01";
    struct arena arena = {0};
    struct request request;
    const char *reason;
    assert_int_equal(
        request_read(&arena, false, ((struct bytes){wire, sizeof(wire) - 1}), &request, &reason),
        GRPC_OK);
    assert_string_equal(request.node->id, "n");
    arena_clear(&arena);
}

static void a_malformed_request_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *why;
        struct bytes wire;
    } rows[] = {
        {"cut in a length",         BYTES("\x1a")                                        },
        {"longer than the message", BYTES("\x1a\x05"
                                          "ab")       },
        {"a length of 2^64 - 1",    BYTES("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"an endless number",       BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80")},
        {"field 0",                 BYTES("\x02\x00")                                    },
        {"a group",                 BYTES("\x1b\x1c")                                    },
        {"wire type 7",             BYTES("\x1f")                                        },
        {"NUL in a name",           BYTES("\x1a\x02\x61\x00")                            },
        {"not UTF-8",               BYTES("\x1a\x01\xff")                                },
        {"a surrogate",             BYTES("\x1a\x03\xed\xa0\x80")                        },
        {"two nodes",               BYTES("\x12\x00\x12\x00")                            },
        {"a name that is a number", BYTES("\x18\x01")                                    },
        {"bad text below the node", BYTES("\x12\x03\x0a\x01\xff")                        },
        {"a node that is cut",      BYTES("\x12\x02\x0a\x05")                            },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct request request;
        const char *reason = NULL;
        if (request_read(&arena, false, rows[i].wire, &request, &reason) != GRPC_INTERNAL)
            fail_msg("taken: %s", rows[i].why);
        assert_non_null(reason);
        arena_clear(&arena);
    }
}

static void deep_metadata_is_refused(void **state)
{
    (void)state;
    static const struct {
        int depth;
        enum grpc_status status;
    } rows[] = {
        {5,    GRPC_OK                },
        {1000, GRPC_RESOURCE_EXHAUSTED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct request request;
        const char *reason;
        Google__Protobuf__Value *value = text_value(&arena, "bottom");
        for (int level = 0; level < rows[i].depth; level++) {
            Google__Protobuf__Value *above =
                MESSAGE(&arena, Google__Protobuf__Value, google__protobuf__value);
            above->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE;
            above->struct_value = struct_of(&arena, "k", value);
            value = above;
        }
        struct bytes message = pack_node(&arena, struct_of(&arena, "k", value));
        assert_int_equal(request_read(&arena, false, message, &request, &reason), rows[i].status);
        arena_clear(&arena);
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t fields, size;
        enum grpc_status status;
    } rows[] = {
        {REQUEST_NAMES_MAX,      1,                         GRPC_OK                },
        {REQUEST_NAMES_MAX + 1,  1,                         GRPC_RESOURCE_EXHAUSTED},
        {1,                      REQUEST_NAME_SIZE_MAX,     GRPC_OK                },
        {1,                      REQUEST_NAME_SIZE_MAX + 1, GRPC_RESOURCE_EXHAUSTED},
        {REQUEST_FIELDS_MAX + 1, 1,                         GRPC_RESOURCE_EXHAUSTED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct buffer wire = {0};
        struct request request;
        const char *reason;
        for (size_t n = 0; n < rows[i].fields; n++) {
            buffer_char(&wire, 0x1a);
            if (rows[i].size > 127)
                buffer_char(&wire, (char)(rows[i].size | 0x80));
            buffer_char(&wire, (char)(rows[i].size > 127 ? rows[i].size >> 7 : rows[i].size));
            for (size_t c = 0; c < rows[i].size; c++)
                buffer_char(&wire, 'n');
        }
        assert_int_equal(request_read(&arena, false, buffer_bytes(&wire), &request, &reason),
                         rows[i].status);
        buffer_clear(&wire);
        arena_clear(&arena);
    }
}

/* A stream keeps both. */
static void a_node_is_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t id, setting;
        enum grpc_status status;
    } rows[] = {
        {REQUEST_NAME_SIZE_MAX,     REQUEST_NAME_SIZE_MAX,     GRPC_OK                },
        {REQUEST_NAME_SIZE_MAX + 1, 1,                         GRPC_RESOURCE_EXHAUSTED},
        {1,                         REQUEST_NAME_SIZE_MAX + 1, GRPC_RESOURCE_EXHAUSTED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct request request;
        const char *reason;
        Envoy__DiscoveryRequest *message =
            MESSAGE(&arena, Envoy__DiscoveryRequest, envoy__discovery_request);
        message->node = MESSAGE(&arena, Envoy__Node, envoy__node);
        message->node->id = letters(&arena, rows[i].id);
        message->node->metadata = struct_of(&arena, setting_keys[SETTING_COUNT - 1],
                                            text_value(&arena, letters(&arena, rows[i].setting)));
        assert_int_equal(
            request_read(&arena, false, message_pack(&arena, &message->base), &request, &reason),
            rows[i].status);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_says_who_asks_for_what),
        cmocka_unit_test(a_setting_without_text_is_empty),
        cmocka_unit_test(a_delta_request_says_what_the_client_holds),
        cmocka_unit_test(a_long_refusal_is_cut),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(a_malformed_request_is_refused),
        cmocka_unit_test(deep_metadata_is_refused),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_node_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
