/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#define NODES(mesh) MESHES "/" mesh "/virtualNodes"

static int make(char kind, const char *collection, char name)
{
    return ask("PUT", collection,
               kind == 'm'
                   ? arena_printf(&world.arena, "{\"meshName\":\"%c\"}", name)
                   : arena_printf(&world.arena, "{\"virtualNodeName\":\"%c\",\"spec\":{}}", name));
}

/* Two meshes, a and b, with the nodes 1 to 5 each. */
static void fill(void)
{
    for (char mesh = 'a'; mesh <= 'b'; mesh++) {
        assert_int_equal(make('m', MESHES, mesh), 200);
        for (char node = '1'; node <= '5'; node++)
            assert_int_equal(make('n', mesh == 'a' ? NODES("a") : NODES("b"), node), 200);
    }
}

/* The names on the page, in one string. */
static const char *page(const char *target)
{
    struct buffer names = {0};
    assert_int_equal(ask("GET", target, ""), 200);
    for (struct cJSON *item = json_first(json_member(world.body, "virtualNodes")); item;
         item = json_next(item))
        buffer_text(&names, json_string(item, "virtualNodeName"));
    const char *text = arena_copy(&world.arena, buffer_bytes(&names));
    buffer_clear(&names);
    return text;
}

/* The token of the page just read, or NULL. */
static const char *next(void)
{
    const char *token = json_string(world.body, "nextToken");
    return token ? arena_copy(&world.arena, bytes_of(token)) : NULL;
}

static const char *with_token(const char *target, const char *token)
{
    return arena_printf(&world.arena, "%s%cnextToken=%s", target, strchr(target, '?') ? '&' : '?',
                        token);
}

static void pages_follow_each_other_and_end(void **state)
{
    (void)state;
    fill();
    assert_string_equal(page(NODES("a") "?limit=2"), "12");
    assert_string_equal(page(with_token(NODES("a") "?limit=1", next())), "3");
    assert_string_equal(page(with_token(NODES("a") "?limit=2", next())), "45");
    assert_null(next()); /* full, and the last */
    assert_string_equal(page(NODES("a")), "12345");
    assert_null(next());
}

static void a_page_starts_after_its_token_whatever_has_gone_or_come(void **state)
{
    (void)state;
    fill();
    assert_string_equal(page(NODES("a") "?limit=2"), "12");
    const char *token = next();
    assert_int_equal(ask("DELETE", NODES("a") "/2", ""), 200);
    assert_int_equal(ask("DELETE", NODES("a") "/3", ""), 200);
    assert_int_equal(make('n', NODES("a"), '0'), 200);
    assert_int_equal(make('n', NODES("a"), '6'), 200);
    assert_string_equal(page(with_token(NODES("a"), token)), "456");
    for (char node = '4'; node <= '6'; node++)
        assert_int_equal(ask("DELETE", arena_printf(&world.arena, NODES("a") "/%c", node), ""),
                         200);
    assert_string_equal(page(with_token(NODES("a"), token)), "");
    assert_null(next());
}

static void assert_invalid(const char *target, const char *token)
{
    assert_int_equal(ask("GET", with_token(target, token), ""), 400);
    assert_string_equal(world.error_type, "BadRequestException");
    assert_string_equal(message(), "Invalid nextToken");
}

static void a_token_belongs_to_one_list(void **state)
{
    (void)state;
    fill();
    page(NODES("a") "?limit=2");
    const char *token = next();
    assert_invalid(NODES("b"), token);
    assert_invalid(MESHES "/a/virtualRouters", token);
    assert_invalid(MESHES, token);
}

static void a_token_that_we_did_not_make_is_refused(void **state)
{
    (void)state;
    fill();
    page(NODES("a") "?limit=2");
    char *token = arena_copy(&world.arena, bytes_of(next()));
    assert_invalid(NODES("a"), "");
    assert_invalid(NODES("a"), "AAAA");
    assert_invalid(NODES("a"), "%21");
    assert_invalid(NODES("a"), arena_printf(&world.arena, "%sAAAA", token));
    for (char *c = token; *c; c++) {
        const char was = *c;
        *c = was == 'A' ? 'Q' : 'A'; /* another in its first bits, which always count */
        assert_invalid(NODES("a"), token);
        *c = was;
    }
    char *huge = arena_new(&world.arena, 5001);
    memset(huge, 'A', 5000);
    assert_invalid(NODES("a"), huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(pages_follow_each_other_and_end),
        WORLD_TEST(a_page_starts_after_its_token_whatever_has_gone_or_come),
        WORLD_TEST(a_token_belongs_to_one_list),
        WORLD_TEST(a_token_that_we_did_not_make_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
