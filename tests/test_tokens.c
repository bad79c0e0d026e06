/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#define USED "The client token was already used with a different specification"
#define MALFORMED "clientToken must be 1 to 36 letters, digits, '-' and '_'"
#define FILTER(type) "\"spec\":{\"egressFilter\":{\"type\":\"" type "\"}}"

static const char *with_token(const char *members, const char *token)
{
    return arena_printf(&world.arena, "{%s%s\"clientToken\":\"%s\"}", members, *members ? "," : "",
                        token);
}

static int update(const char *spec, const char *token)
{
    return ask("PUT", MESHES "/m", with_token(spec, token));
}

static void a_token_is_short_and_plain(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        int status;
    } rows[] = {
        {"",                                      400},
        {"a",                                     200},
        {"123456789012345678901234567890123456",  200},
        {"1234567890123456789012345678901234567", 400},
        {"azAZ09-_",                              200},
        {"a b",                                   400},
        {"a.b",                                   400},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = arena_printf(&world.arena, "\"meshName\":\"m%zu\"", i);
        assert_int_equal(ask("PUT", MESHES, with_token(name, rows[i].token)), rows[i].status);
        if (rows[i].status == 400)
            assert_string_equal(message(), MALFORMED);
    }
}

static void a_repeated_create_has_one_effect(void **state)
{
    (void)state;
    const struct step steps[] = {
        DOES("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")),
        DOES("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")),
        FAILS(409, "PUT", MESHES, with_token("\"meshName\":\"m\"," FILTER("DROP_ALL"), "t"), USED),
        FAILS(409, "PUT", MESHES, with_token("\"meshName\":\"m\"", "other"),
              "Mesh with name m already exists"),
        DOES("PUT", MESHES, with_token("\"meshName\":\"another\"", "t")),
        DOES("GET", MESHES "/m", ""),
    };
    PLAY(steps);
    assert_int_equal(version(), 1);
}

static void a_repeated_create_shows_the_resource_as_it_is_now(void **state)
{
    (void)state;
    assert_int_equal(ask("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")), 200);
    assert_int_equal(update(FILTER("DROP_ALL"), "u"), 200);
    assert_int_equal(ask("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")), 200);
    assert_int_equal(version(), 2);
}

static void a_create_token_is_no_update_token(void **state)
{
    (void)state;
    assert_int_equal(ask("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")), 200);
    assert_int_equal(update("", "t"), 409);
    assert_string_equal(message(), USED);
}

static void the_last_eight_update_tokens_are_remembered(void **state)
{
    (void)state;
    assert_int_equal(ask("PUT", MESHES, with_token("\"meshName\":\"m\"", "create")), 200);
    for (int i = 1; i <= 9; i++)
        assert_int_equal(update("", arena_printf(&world.arena, "u%d", i)), 200);
    assert_int_equal(version(), 10);
    for (int i = 2; i <= 9; i++)
        assert_int_equal(update("", arena_printf(&world.arena, "u%d", i)), 200);
    assert_int_equal(version(), 10); /* replays all */
    assert_int_equal(update(FILTER("DROP_ALL"), "u2"), 409);
    assert_int_equal(update("", "u1"), 200);
    assert_int_equal(version(), 11); /* forgotten, so it counts again */
    assert_int_equal(ask("PUT", MESHES, with_token("\"meshName\":\"m\"", "create")), 200);
    assert_int_equal(version(), 11); /* the create's is not */
}

static void tokens_go_with_their_resource(void **state)
{
    (void)state;
    const struct step steps[] = {
        DOES("PUT", MESHES, with_token("\"meshName\":\"m\"", "t")),
        DOES("DELETE", MESHES "/m", ""),
        DOES("PUT", MESHES, with_token("\"meshName\":\"m\"," FILTER("DROP_ALL"), "t")),
    };
    PLAY(steps);
    assert_int_equal(version(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_token_is_short_and_plain),
        WORLD_TEST(a_repeated_create_has_one_effect),
        WORLD_TEST(a_repeated_create_shows_the_resource_as_it_is_now),
        WORLD_TEST(a_create_token_is_no_update_token),
        WORLD_TEST(the_last_eight_update_tokens_are_remembered),
        WORLD_TEST(tokens_go_with_their_resource),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
