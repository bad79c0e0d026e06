/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "target.h"

/* NULL: refused. */
static const struct {
    const char *raw, *path, *query;
} parts[] = {
    {"",             "",                 ""                },
    {"mesh",         "mesh",             "mesh"            },
    {"..",           "..",               ".."              },
    {"a+b c",        "a+b c",            "a+b c"           },
    {"a%2Bb%20c",    "a+b c",            "a+b c"           },
    {"%41%6a%4A",    "AjJ",              "AjJ"             },
    {"%2525",        "%25",              "%25"             }, /* once */
    {"b%C3%BCro",    "b\xC3\xBCro",      "b\xC3\xBCro"     },
    {"b\xC3\xBCro",  "b\xC3\xBCro",      "b\xC3\xBCro"     },
    {"%F0%9F%90%99", "\xF0\x9F\x90\x99", "\xF0\x9F\x90\x99"},
    {"mesh%2Fx",     NULL,               "mesh/x"          },
    {"mesh/x",       NULL,               "mesh/x"          },
    {"%",            NULL,               NULL              },
    {"%4",           NULL,               NULL              },
    {"%4%31",        NULL,               NULL              },
    {"%zz",          NULL,               NULL              },
    {"%-1",          NULL,               NULL              },
    {"a%00b",        NULL,               NULL              },
    {"%0A",          NULL,               NULL              },
    {"%1f",          NULL,               NULL              },
    {"%7F",          NULL,               NULL              },
    {"\t",           NULL,               NULL              },
    {"%FF",          NULL,               NULL              },
    {"%C3",          NULL,               NULL              },
    {"%C0%AF",       NULL,               NULL              }, /* an overlong '/' */
    {"%ED%A0%80",    NULL,               NULL              }, /* a surrogate */
};

static void assert_text(const char *got, const char *want)
{
    if (want) {
        assert_non_null(got);
        assert_string_equal(got, want);
    } else {
        assert_null(got);
    }
}

static void a_part_is_decoded_once_or_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct bytes raw = bytes_of(parts[i].raw);
        assert_text(target_decode(&arena, raw, true), parts[i].path);
        assert_text(target_decode(&arena, raw, false), parts[i].query);
    }
    assert_null(target_decode(&arena, BYTES("a\0b"), false));
    arena_clear(&arena);
}

static const struct {
    const char *target, *segments[4];
    size_t count;
} targets[] = {
    {"",             {NULL},               0},
    {"*",            {NULL},               0},
    {"meshes/m",     {NULL},               0},
    {"/",            {""},                 1},
    {"/meshes",      {"meshes"},           1},
    {"/meshes/",     {"meshes", ""},       2},
    {"//meshes",     {"", "meshes"},       2},
    {"/a//b",        {"a", "", "b"},       3},
    {"/a/../b%2Fc",  {"a", "..", "b%2Fc"}, 3},
    {"/a/./b/c",     {"a", ".", "b", "c"}, 4},
    {"/a/b/c/d/e/f", {"a", "b", "c", "d"}, 6},
};

static void a_target_is_split_by_position_and_never_normalised(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct bytes out[4];
        assert_int_equal(target_split(targets[i].target, out, COUNT(out)), targets[i].count);
        for (size_t j = 0; j < targets[i].count && j < COUNT(out); j++)
            assert_true(bytes_equal(out[j], bytes_of(targets[i].segments[j])));
    }
}

static const struct {
    const char *query, *name, *value;
} parameters[] = {
    {"",                    "limit", NULL     },
    {"limit",               "limit", ""       },
    {"limit=",              "limit", ""       },
    {"limit=5",             "limit", "5"      },
    {"limit=5&limit=6",     "limit", "5"      },
    {"limits=5",            "limit", NULL     },
    {"Limit=5",             "limit", NULL     },
    {"a=1&&limit=5&b=2",    "limit", "5"      },
    {"l%69mit=5",           "limit", "5"      },
    {"%zz=1&limit=5",       "limit", "5"      },
    {"a=%zz&limit=5",       "limit", "5"      },
    {"limit=a=b+c",         "limit", "a=b+c"  },
    {"limit=a%26b%3Dc%2Fd", "limit", "a&b=c/d"},
    {"&&=&=x",              "limit", NULL     },
};

static void the_first_parameter_of_a_name_is_decoded(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(parameters); i++) {
        const char *value = "untouched";
        assert_true(target_parameter(&arena, parameters[i].query, parameters[i].name, &value));
        assert_text(value, parameters[i].value);
    }
    arena_clear(&arena);
}

static void a_parameter_that_does_not_decode_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"limit=%", "a=1&limit=%00", "limit=%FF&limit=5"};
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *value = "untouched";
        assert_false(target_parameter(&arena, bad[i], "limit", &value));
        assert_string_equal(value, "untouched");
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_decoded_once_or_refused),
        cmocka_unit_test(a_target_is_split_by_position_and_never_normalised),
        cmocka_unit_test(the_first_parameter_of_a_name_is_decoded),
        cmocka_unit_test(a_parameter_that_does_not_decode_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
