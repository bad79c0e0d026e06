/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "json.h"
#include "kind.h"
#include "print_schema.h"
#include "rules.h"

static int print(void **state)
{
    struct cJSON *schema = json_new_object();
    print_schema(schema);
    *state = schema;
    return 0;
}

static int forget(void **state)
{
    json_free(*state);
    return 0;
}

static const struct cJSON *shape_named(const struct cJSON *schema, const char *name)
{
    const struct cJSON *shape = json_member(json_member(schema, "shapes"), name);
    if (!shape)
        fail_msg("no shape %s", name);
    return shape;
}

/* Members of the structures below a shape, each structure once: those counted become rows of
 * `seen`. */
static int count_members(const struct cJSON *schema, const char *name, struct cJSON *seen)
{
    const struct cJSON *shape = shape_named(schema, name);
    if (json_member(seen, name))
        return 0;
    json_add_boolean(seen, name, true);
    int count = json_size(json_member(shape, "members"));
    const struct cJSON *member = json_first(json_member(shape, "members"));
    for (; member; member = json_next(member))
        count += count_members(schema, json_string(member, "shape"), seen);
    if (json_member(shape, "element"))
        count += count_members(schema, json_string(shape, "element"), seen);
    return count;
}

/* Source: the same count over botocore's model. */
static void the_seven_specs_have_279_members(void **state)
{
    int count = 0;
    struct cJSON *seen = json_new_object();
    const struct cJSON *kind = json_first(json_member(*state, "kinds"));
    for (; kind; kind = json_next(kind))
        count += count_members(*state, json_string(kind, "spec"), seen);
    json_free(seen);
    assert_int_equal(count, 279);
}

static void a_shape_is_printed_with_what_applies_to_it(void **state)
{
    static const char *const rows[][2] = {
        {"ResourceName",                    "{\"type\":\"string\",\"min\":1,\"max\":255}"  },
        {"ServiceName",                     "{\"type\":\"string\"}"                        },
        {"MaxRequests",                     "{\"type\":\"integer\",\"min\":1}"             },
        {"Boolean",                         "{\"type\":\"boolean\"}"                       },
        {"DurationUnit",                    "{\"type\":\"string\",\"enum\":[\"s\",\"ms\"]}"},
        {"WeightedTargets",
         "{\"type\":\"list\",\"min\":1,\"max\":10,\"element\":\"WeightedTarget\"}"         },
        {"AwsCloudMapInstanceAttributeKey",
         "{\"type\":\"string\",\"min\":1,\"max\":255,\"pattern\":\"^[a-zA-Z0-9!-~]+$\"}"   },
        {"AccessLog",                       "{\"type\":\"union\",\"members\":[{\"name\":\"file\",\"shape\":"
                      "\"FileAccessLog\",\"required\":false}]}"       },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer text = {0};
        json_print(&text, shape_named(*state, rows[i][0]));
        assert_string_equal(text.data, rows[i][1]);
        buffer_clear(&text);
    }
}

static void a_member_without_effect_says_why(void **state)
{
    const struct cJSON *shape = shape_named(*state, "VirtualGatewayHealthCheckPolicy");
    const struct cJSON *member = json_first(json_member(shape, "members"));
    for (; member; member = json_next(member))
        assert_non_null(json_string(member, "inert"));
    member = json_first(json_member(shape_named(*state, "HealthCheckPolicy"), "members"));
    assert_null(json_string(member, "inert"));
}

static void kinds_rules_and_statuses_are_printed_in_order(void **state)
{
    const struct cJSON *mesh = json_first(json_member(*state, "kinds"));
    assert_int_equal(json_size(json_member(*state, "kinds")), KIND_COUNT);
    assert_string_equal(json_string(mesh, "name"), "Mesh");
    assert_null(json_string(mesh, "parent"));
    assert_string_equal(json_string(json_next(json_next(mesh)), "parent"), "VirtualGateway");

    const struct cJSON *rule = json_first(json_member(*state, "rules"));
    assert_int_equal(json_size(json_member(*state, "rules")), (int)rule_count);
    assert_string_equal(json_string(rule, "name"), "name");
    assert_int_equal(json_size(json_member(rule, "kinds")), KIND_COUNT);

    const struct cJSON *status = json_first(json_member(*state, "statuses"));
    assert_string_equal(json_string(status, "name"), "BadRequestException");
    assert_int_equal(json_integer(status, "http", 0), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seven_specs_have_279_members),
        cmocka_unit_test(a_shape_is_printed_with_what_applies_to_it),
        cmocka_unit_test(a_member_without_effect_says_why),
        cmocka_unit_test(kinds_rules_and_statuses_are_printed_in_order),
    };
    return cmocka_run_group_tests(tests, print, forget);
}
