/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#include "document.h"
#include "json.h"

static const struct resource_path route = {
    .kind = KIND_ROUTE,
    .names = {[KIND_MESH] = "m", [KIND_VIRTUAL_ROUTER] = "r\"", [KIND_ROUTE] = "q"},
};

static struct metadata metadata(int64_t created_ms)
{
    return (struct metadata){"arn:x", "u-1", "123456789012", created_ms, 2000, 7};
}

static const char *envelope(struct buffer *out, const struct metadata *of)
{
    buffer_clear(out);
    document_print_envelope(out, &route, of, "ACTIVE");
    buffer_char(out, '\0');
    return out->data;
}

static void an_envelope_has_names_metadata_and_status(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct metadata given = metadata(1500);
    assert_string_equal(
        envelope(&text, &given),
        "{\"meshName\":\"m\",\"virtualRouterName\":\"r\\\"\",\"routeName\":\"q\",\"metadata\":{"
        "\"arn\":\"arn:x\",\"createdAt\":1.5,\"lastUpdatedAt\":2,\"meshOwner\":\"123456789012\","
        "\"resourceOwner\":\"123456789012\",\"version\":7,\"uid\":\"u-1\"},"
        "\"status\":{\"status\":\"ACTIVE\"}");
    buffer_clear(&text);
}

static void a_list_shows_a_reference_without_uid(void **state)
{
    (void)state;
    struct buffer text = {0}, reference = {0};
    struct metadata given = metadata(1500);
    document_print_reference(&reference, bytes_of(envelope(&text, &given)));
    assert_string_equal(
        reference.data,
        "{\"meshName\":\"m\",\"virtualRouterName\":\"r\\\"\",\"routeName\":\"q\","
        "\"arn\":\"arn:x\",\"createdAt\":1.5,\"lastUpdatedAt\":2,\"meshOwner\":\"123456789012\","
        "\"resourceOwner\":\"123456789012\",\"version\":7}");
    buffer_clear(&reference);
    buffer_clear(&text);
}

static void no_name_confuses_a_reference(void **state)
{
    (void)state;
    static const char *const names[] = {"\"metadata\":{", ",\"uid\":", "metadata", "{\",\"uid\":"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct buffer text = {0}, reference = {0};
        struct resource_path path = {.kind = KIND_MESH, .names = {[KIND_MESH] = names[i]}};
        struct metadata given = metadata(1500);
        struct json_fault fault;
        document_print_envelope(&text, &path, &given, "ACTIVE");
        document_print_reference(&reference, buffer_bytes(&text));
        struct cJSON *read = json_parse(buffer_bytes(&reference), &fault);
        assert_string_equal(json_string(read, "meshName"), names[i]);
        assert_int_equal(json_integer(read, "version", 0), 7);
        assert_int_equal(json_size(read), 7);
        json_free(read);
        buffer_clear(&reference);
        buffer_clear(&text);
    }
}

static void times_are_seconds_without_trailing_zeros_and_come_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *printed;
    } rows[] = {
        {1563810546590, "\"createdAt\":1563810546.59," },
        {1563810546000, "\"createdAt\":1563810546,"    },
        {1563810546001, "\"createdAt\":1563810546.001,"},
        {1563810546010, "\"createdAt\":1563810546.01," },
        {1563810546100, "\"createdAt\":1563810546.1,"  },
        {1,             "\"createdAt\":0.001,"         },
    };
    struct buffer text = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct metadata given = metadata(rows[i].ms);
        const char *printed = envelope(&text, &given);
        assert_non_null(strstr(printed, rows[i].printed));
        struct metadata back = document_metadata(&world.arena, bytes_of(printed));
        assert_int_equal(back.created_ms, rows[i].ms);
        assert_int_equal(back.updated_ms, 2000);
        assert_int_equal(back.version, 7);
        assert_string_equal(back.arn, "arn:x");
        assert_string_equal(back.uid, "u-1");
        assert_string_equal(back.owner, "123456789012");
    }
    buffer_clear(&text);
}

static void envelope_and_spec_make_a_document(void **state)
{
    (void)state;
    struct bytes document = document_join(&world.arena, BYTES("{\"a\":1"), BYTES("{\"b\":2}"));
    assert_string_equal(arena_copy(&world.arena, document), "{\"a\":1,\"spec\":{\"b\":2}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_envelope_has_names_metadata_and_status),
        WORLD_TEST(a_list_shows_a_reference_without_uid),
        WORLD_TEST(no_name_confuses_a_reference),
        WORLD_TEST(times_are_seconds_without_trailing_zeros_and_come_back),
        WORLD_TEST(envelope_and_spec_make_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
