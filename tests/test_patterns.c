/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "bytes.h"
#include "patterns.h"

static const struct {
    const struct pattern *pattern;
    const char *text;
    bool matches;
} rows[] = {
    {&attribute_key_pattern,   "a",         true },
    {&attribute_key_pattern,   "aZ09!~/_-", true },
    {&attribute_key_pattern,   "",          false},
    {&attribute_key_pattern,   "a b",       false},
    {&attribute_key_pattern,   "a\t",       false},
    {&attribute_key_pattern,   "a\n",       false},
    {&attribute_key_pattern,   "\x7f",      false},
    {&attribute_key_pattern,   "é",        false},
    {&attribute_value_pattern, "",          true },
    {&attribute_value_pattern, "v",         true },
    {&attribute_value_pattern, "a  b c",    true },
    {&attribute_value_pattern, "a ",        true },
    {&attribute_value_pattern, " a",        false},
    {&attribute_value_pattern, " ",         false},
    {&attribute_value_pattern, "a\tb",      false},
    {&attribute_value_pattern, "a\n",       false},
    {&attribute_value_pattern, "aé",       false},
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
