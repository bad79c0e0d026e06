/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_plain(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\';
}

static void print_escape(struct buffer *out, char c)
{
    static const char controls[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *known = strchr(controls, c);
    if (known)
        buffer_printf(out, "\\%c", letters[known - controls]);
    else
        buffer_printf(out, "\\u%04x", (unsigned)c);
}

void json_print_string(struct buffer *out, const char *text)
{
    buffer_char(out, '"');
    for (;;) {
        const char *start = text;
        while (is_plain((unsigned char)*text))
            text++;
        buffer_append(out, start, (size_t)(text - start));
        if (*text == '\0')
            break;
        print_escape(out, *text++);
    }
    buffer_char(out, '"');
}

static void print_integer(struct buffer *out, int64_t value)
{
    char digits[24], *at = digits + sizeof(digits);
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        *--at = '-';
    buffer_append(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void print_number(struct buffer *out, const struct cJSON *number)
{
    double value = number->valuedouble;
    if (json_is_integer(number)) {
        print_integer(out, (int64_t)value);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buffer_text(out, text);
}

static void print_children(struct buffer *out, const struct cJSON *parent)
{
    for (const struct cJSON *child = parent->child; child; child = child->next) {
        if (child != parent->child)
            buffer_char(out, ',');
        if (cJSON_IsObject(parent)) {
            json_print_string(out, child->string);
            buffer_char(out, ':');
        }
        json_print(out, child);
    }
}

void json_print(struct buffer *out, const struct cJSON *value)
{
    switch (json_type(value)) {
    case JSON_NULL:
        buffer_append(out, "null", 4);
        break;
    case JSON_BOOLEAN:
        buffer_text(out, json_is_true(value) ? "true" : "false");
        break;
    case JSON_NUMBER:
        print_number(out, value);
        break;
    case JSON_STRING:
        json_print_string(out, value->valuestring);
        break;
    case JSON_ARRAY:
        buffer_char(out, '[');
        print_children(out, value);
        buffer_char(out, ']');
        break;
    case JSON_OBJECT:
        buffer_char(out, '{');
        print_children(out, value);
        buffer_char(out, '}');
        break;
    }
}
