/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "bytes.h"
#include "forms.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define X250 X60 X60 X60 X60 X10

static const struct {
    const struct pattern *pattern;
    const char *text;
    bool matches;
} rows[] = {
    {&http_namespace_pattern,    "a!~",                               true },
    {&http_namespace_pattern,    "",                                  false},
    {&http_namespace_pattern,    "a b",                               false},
    {&http_namespace_pattern,    "arn:x",                             false},
    {&http_namespace_pattern,    "arn",                               true },
    {&http_namespace_pattern,    X250 X250 X250 X250 X10 X10 "xxxx",  true },
    {&http_namespace_pattern,    X250 X250 X250 X250 X10 X10 "xxxxx", false},
    {&namespace_pattern,         "arn:x",                             true },
    {&namespace_pattern,         "a\n",                               false},
    {&private_namespace_pattern, X250 "xxx",                          true },
    {&private_namespace_pattern, X250 "xxxx",                         false},
    {&private_namespace_pattern, "arn:",                              false},
    {&public_namespace_pattern,  "a.b",                               true },
    {&public_namespace_pattern,  "a-b.c1.example",                    true },
    {&public_namespace_pattern,  "example",                           false},
    {&public_namespace_pattern,  "a..b",                              false},
    {&public_namespace_pattern,  "a.b.",                              false},
    {&public_namespace_pattern,  "-a.b",                              false},
    {&public_namespace_pattern,  "a.b-",                              false},
    {&public_namespace_pattern,  "a_b.c",                             false},
    {&public_namespace_pattern,  X60 "xxx.b",                         true },
    {&public_namespace_pattern,  X60 "xxxx.b",                        false},
    {&service_pattern,           "a",                                 true },
    {&service_pattern,           "_",                                 false},
    {&service_pattern,           "__",                                true },
    {&service_pattern,           "-a",                                false},
    {&service_pattern,           "a-",                                false},
    {&service_pattern,           "a-_.b",                             true },
    {&service_pattern,           ".",                                 true },
    {&service_pattern,           "a.",                                false},
    {&service_pattern,           "",                                  false},
    {&service_pattern,           "a b",                               false},
    {&service_pattern,           X60 "xxx." X60 "xxx",                true },
    {&service_pattern,           X60 "xxx." X60 "xxx.x",              false},
    {&service_pattern,           X60 "xxxx",                          false},
    {&instance_pattern,          "a/Z_9:.@-",                         true },
    {&instance_pattern,          "",                                  false},
    {&instance_pattern,          "a b",                               false},
    {&instance_pattern,          "é",                                false},
    {&instance_value_pattern,    "",                                  true },
    {&instance_value_pattern,    "a\tb c ",                           true },
    {&instance_value_pattern,    " a",                                false},
    {&instance_value_pattern,    "\ta",                               false},
    {&instance_value_pattern,    "a\n",                               false},
};

static void matchers_decide_as_the_printed_expression(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].pattern->matches(rows[i].text) != rows[i].matches)
            fail_msg("'%s' against %s", rows[i].text, rows[i].pattern->text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matchers_decide_as_the_printed_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
