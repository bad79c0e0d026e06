/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <envoy/config/route/v3/route_components.pb-c.h>
#include <envoy/extensions/transport_sockets/tls/v3/secret.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/struct.pb-c.h>

#include "dump.h"
#include "message.h"

static void dumps_as(const ProtobufCMessage *message, const char *wanted)
{
    struct buffer text = {0};
    dump_message(&text, message);
    assert_string_equal(text.data, wanted);
    buffer_clear(&text);
}

static void a_duration_has_0_3_6_or_9_digits_after_the_point(void **state)
{
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *dump;
    } rows[] = {
        {0,  0,         "\"0s\""           },
        {5,  250000000, "\"5.250s\""       },
        {0,  1000,      "\"0.000001s\""    },
        {0,  1,         "\"0.000000001s\"" },
        {0,  -5000000,  "\"-0.005s\""      },
        {-2, -1,        "\"-2.000000001s\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Google__Protobuf__Duration duration = GOOGLE__PROTOBUF__DURATION__INIT;
        duration.seconds = rows[i].seconds;
        duration.nanos = rows[i].nanos;
        dumps_as(&duration.base, rows[i].dump);
    }
}

/* {"key": value} for each kind that a Value can be. */
static void a_struct_is_the_json_that_it_stands_for(void **state)
{
    static const struct {
        Google__Protobuf__Value__KindCase kind;
        const char *dump;
    } rows[] = {
        {GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE,   "{\"k\":null}"      },
        {GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE, "{\"k\":0.5}"       },
        {GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE, "{\"k\":\"a\\\"b\"}"},
        {GOOGLE__PROTOBUF__VALUE__KIND_BOOL_VALUE,   "{\"k\":false}"     },
        {GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE, "{\"k\":{}}"        },
        {GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE,   "{\"k\":[]}"        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Google__Protobuf__Struct outer = GOOGLE__PROTOBUF__STRUCT__INIT;
        Google__Protobuf__Struct inner = GOOGLE__PROTOBUF__STRUCT__INIT;
        Google__Protobuf__ListValue list = GOOGLE__PROTOBUF__LIST_VALUE__INIT;
        Google__Protobuf__Struct__FieldsEntry field = GOOGLE__PROTOBUF__STRUCT__FIELDS_ENTRY__INIT;
        Google__Protobuf__Struct__FieldsEntry *fields = &field;
        Google__Protobuf__Value value = GOOGLE__PROTOBUF__VALUE__INIT;
        char key[] = "k", text[] = "a\"b";
        value.kind_case = rows[i].kind;
        switch (rows[i].kind) {
        case GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE:
            value.number_value = 0.5;
            break;
        case GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE:
            value.string_value = text;
            break;
        case GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE:
            value.struct_value = &inner;
            break;
        case GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE:
            value.list_value = &list;
            break;
        default:
            break;
        }
        field.key = key;
        field.value = &value;
        outer.n_fields = 1;
        outer.fields = &fields;
        dumps_as(&outer.base, rows[i].dump);
    }
}

static void a_private_key_is_redacted_but_not_where_it_lies(void **state)
{
    Envoy__TlsCertificate pair = ENVOY__TLS_CERTIFICATE__INIT;
    Envoy__DataSource source = ENVOY__DATA_SOURCE__INIT;
    (void)state;
    source.specifier_case = ENVOY__DATA_SOURCE__SPECIFIER_INLINE_STRING;
    source.inline_string = "PEM";
    pair.private_key = &source;
    dumps_as(&pair.base, "{\"private_key\":{\"inline_string\":\"[redacted]\"}}");
    source.specifier_case = ENVOY__DATA_SOURCE__SPECIFIER_FILENAME;
    source.filename = "/key.pem";
    dumps_as(&pair.base, "{\"private_key\":{\"filename\":\"/key.pem\"}}");
}

static void defaults_are_left_out_but_for_chosen_members_of_a_oneof(void **state)
{
    Envoy__HeaderMatcher matcher = ENVOY__HEADER_MATCHER__INIT;
    Envoy__Int64Range range = ENVOY__INT64_RANGE__INIT;
    (void)state;
    dumps_as(&matcher.base, "{}");
    matcher.header_match_specifier_case =
        ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_PRESENT_MATCH;
    dumps_as(&matcher.base, "{\"present_match\":false}");
    range.start = -9007199254740993;
    matcher.header_match_specifier_case = ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_RANGE_MATCH;
    matcher.range_match = &range;
    matcher.invert_match = true;
    dumps_as(&matcher.base,
             "{\"range_match\":{\"start\":\"-9007199254740993\"},\"invert_match\":true}");
}

static void an_unknown_word_or_type_is_shown_as_far_as_it_can_be(void **state)
{
    Envoy__HeaderValueOption option = ENVOY__HEADER_VALUE_OPTION__INIT;
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
    char type_url[] = "type.googleapis.com/no.Such";
    (void)state;
    option.append_action = (Envoy__HeaderValueOption__HeaderAppendAction)77;
    dumps_as(&option.base, "{\"append_action\":77}");
    any.type_url = type_url;
    dumps_as(&any.base, "{\"@type\":\"type.googleapis.com/no.Such\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_has_0_3_6_or_9_digits_after_the_point),
        cmocka_unit_test(a_struct_is_the_json_that_it_stands_for),
        cmocka_unit_test(a_private_key_is_redacted_but_not_where_it_lies),
        cmocka_unit_test(defaults_are_left_out_but_for_chosen_members_of_a_oneof),
        cmocka_unit_test(an_unknown_word_or_type_is_shown_as_far_as_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
