/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

static const char uid[] = "01234567-89ab-cdef-0123-456789abcdef";

/* Imports one mesh in a transaction of its own. */
static enum status import(const char *text, struct error *error)
{
    struct store_txn *txn;
    struct json_fault fault;
    struct cJSON *element = json_parse(bytes_of(text), &fault);
    assert_non_null(element);
    *error = (struct error){.arena = &world.arena};
    assert_int_equal(store_begin(world.store, &txn), OK);
    enum status status =
        api_import(world.api, txn, &WORLD_SCOPE, KIND_MESH, element, "meshes.1", error);
    status = store_end(txn, status);
    json_free(element);
    return status;
}

static void what_metadata_says_is_kept(void **state)
{
    (void)state;
    struct error error;
    const char *text = arena_printf(&world.arena,
                                    "{\"meshName\":\"m\",\"metadata\":{\"createdAt\":1.5,"
                                    "\"lastUpdatedAt\":2,\"uid\":\"%s\",\"version\":7,"
                                    "\"arn\":\"derived\"}}",
                                    uid);
    assert_int_equal(import(text, &error), OK);
    assert_int_equal(ask("GET", MESHES "/m", ""), 200);
    const struct cJSON *metadata = json_member(world.body, "metadata");
    assert_string_equal(json_string(metadata, "uid"), uid);
    assert_string_equal(json_string(metadata, "arn"),
                        "arn:aws:appmesh:us-west-2:123456789012:mesh/m");
    assert_int_equal(version(), 7);
    assert_true(json_number(metadata, "createdAt", 0) == 1.5);
    assert_true(json_number(metadata, "lastUpdatedAt", 0) == 2);
}

#define WITH(metadata) "{\"meshName\":\"m\",\"metadata\":{" metadata "}}"
#define NO_TIME(name) "meshes.1.metadata." name ": must be a time in seconds"
#define NO_VERSION "meshes.1.metadata.version: must be an integer from 1 to 10^15"
#define NO_NAME                                                                                    \
    "1 validation error detected: Value null at 'meshes.1.meshName' failed to satisfy "            \
    "constraint: Member must not be null"
#define NO_UID "meshes.1.metadata.uid: must be a UUID in lower case"

static const struct {
    const char *element, *message;
} refused[] = {
    {"{}",                                                      NO_NAME                               },
    {WITH("\"createdAt\":\"now\""),                             NO_TIME("createdAt")                  },
    {WITH("\"createdAt\":0"),                                   NO_TIME("createdAt")                  },
    {WITH("\"lastUpdatedAt\":1e13"),                            NO_TIME("lastUpdatedAt")              },
    {WITH("\"version\":0"),                                     NO_VERSION                            },
    {WITH("\"version\":1.5"),                                   NO_VERSION                            },
    {WITH("\"version\":1000000000000001"),                      NO_VERSION                            },
    {"{\"meshName\":\"m\",\"metadata\":[]}",                    "meshes.1.metadata: must be an object"},
    {WITH("\"uid\":1"),                                         NO_UID                                },
    {WITH("\"uid\":\"01234567-89AB-cdef-0123-456789abcdef\""),  NO_UID                                },
    {WITH("\"uid\":\"01234567-89ab-cdef-0123-456789abcde\""),   NO_UID                                },
    {WITH("\"uid\":\"01234567-89ab-cdef-0123-456789abcdef0\""), NO_UID                                },
};

static void what_does_not_hold_is_refused_with_its_path(void **state)
{
    (void)state;
    struct error error;
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(import(refused[i].element, &error), ERR_BAD_REQUEST);
        assert_string_equal(error.message, refused[i].message);
    }
    assert_int_equal(import("[]", &error), ERR_SERIALIZATION);
    assert_string_equal(error.message, "meshes.1: not an object");
    assert_int_equal(ask("GET", MESHES "/m", ""), 404);
}

static enum status replay(const char *operation, const char *input, struct error *error)
{
    struct store_txn *txn;
    struct json_fault fault;
    *error = (struct error){.arena = &world.arena};
    assert_int_equal(store_begin(world.store, &txn), OK);
    return store_end(txn, api_replay(world.api, txn, &WORLD_SCOPE, operation,
                                     json_parse(bytes_of(input), &fault), error));
}

static void an_operation_takes_path_and_query_from_its_input(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(replay("CreateMesh", "{\"meshName\":\"m\"}", &error), OK);
    assert_int_equal(
        replay("CreateVirtualNode",
               "{\"meshName\":\"m\",\"meshOwner\":\"123456789012\",\"virtualNodeName\":\"n\","
               "\"spec\":{}}",
               &error),
        OK);
    assert_int_equal(replay("ListMeshes", "{\"limit\":1}", &error), OK);
    assert_int_equal(replay("ListMeshes", "{\"limit\":0}", &error), ERR_BAD_REQUEST);
    assert_int_equal(replay("DeleteMesh", "{\"meshName\":\"m\"}", &error), ERR_IN_USE);
    assert_int_equal(replay("DeleteMesh", "{}", &error), ERR_BAD_REQUEST);
    assert_int_equal(replay("MakeMesh", "{}", &error), ERR_UNKNOWN_OPERATION);
    assert_string_equal(error.message, "No operation is called MakeMesh");
}

static void path_and_query_have_their_types_too(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(replay("CreateMesh", "{\"meshName\":\"5\"}", &error), OK);
    assert_int_equal(replay("DescribeMesh", "{\"meshName\":5}", &error), ERR_SERIALIZATION);
    assert_string_equal(error.message, "meshName: expected a string");
    assert_int_equal(replay("ListMeshes", "{\"limit\":\"5\"}", &error), ERR_SERIALIZATION);
    assert_string_equal(error.message, "limit: expected an integer");
    assert_int_equal(replay("ListMeshes", "{\"limit\":null}", &error), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_metadata_says_is_kept),
        WORLD_TEST(what_does_not_hold_is_refused_with_its_path),
        WORLD_TEST(an_operation_takes_path_and_query_from_its_input),
        WORLD_TEST(path_and_query_have_their_types_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
