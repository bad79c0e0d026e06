/* SPDX-License-Identifier: Apache-2.0 */
#include "patterns.h"

/* [a-zA-Z0-9!-~]: the range '!' to '~' holds the letters and digits. */
static bool is_graphic(char c)
{
    return c >= '!' && c <= '~';
}

static bool is_attribute_key(const char *text)
{
    if (*text == '\0')
        return false;
    while (is_graphic(*text))
        text++;
    return *text == '\0';
}

/* Empty, or graphic characters and blanks that start with a graphic one: the last group takes a
 * character that the one before it takes too. */
static bool is_attribute_value(const char *text)
{
    if (*text == ' ')
        return false;
    while (is_graphic(*text) || *text == ' ')
        text++;
    return *text == '\0';
}

const struct pattern attribute_key_pattern = {"^[a-zA-Z0-9!-~]+$", is_attribute_key};

const struct pattern attribute_value_pattern = {
    "^([a-zA-Z0-9!-~][  a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$", is_attribute_value};
