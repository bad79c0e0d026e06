/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_escape(struct buffer *out, char c)
{
    static const char controls[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *known = strchr(controls, c);
    if (known)
        buffer_printf(out, "\\%c", letters[known - controls]);
    else
        buffer_printf(out, "\\u%04x", (unsigned)c);
}

static void print_escaped(struct buffer *out, const char *text, const char *end)
{
    buffer_char(out, '"');
    for (;;) {
        const char *start = text;
        while ((text = json_skip_plain(text, end)) < end && (unsigned char)*text >= 0x80)
            text++;
        buffer_append(out, start, (size_t)(text - start));
        if (text == end)
            break;
        print_escape(out, *text++);
    }
    buffer_char(out, '"');
}

void json_print_string(struct buffer *out, const char *text)
{
    size_t size = strlen(text);
    if (json_skip_plain(text, text + size) < text + size) {
        print_escaped(out, text, text + size);
        return;
    }
    char *at = buffer_reserve(out, size + 2); /* the common case, by itself for its speed */
    *at = '"';
    at = mempcpy(at + 1, text, size);
    memcpy(at, "\"", 2);
    out->size += size + 2;
}

/* The text is written backwards, towards its start. */
static char *put_digits(char *at, uint64_t value)
{
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    return at;
}

static void print_fixed(struct buffer *out, bool is_negative, uint64_t whole, uint64_t thousandths)
{
    char text[32], *end = text + sizeof(text), *at = end;
    if (thousandths) {
        at = put_digits(at, 1000 + thousandths);
        *at = '.';
        while (end[-1] == '0')
            end--;
    }
    at = put_digits(at, whole);
    if (is_negative)
        *--at = '-';
    buffer_append(out, at, (size_t)(end - at));
}

static void print_any(struct buffer *out, double value)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buffer_text(out, text);
}

/* Integers, and AWS times in seconds with milliseconds, are by far the most: they go without
 * printf. */
static void print_number(struct buffer *out, const struct cJSON *number)
{
    double value = number->valuedouble, thousandths = round(fabs(value) * 1000);
    if (json_is_integer(number))
        print_fixed(out, value < 0, (uint64_t)fabs(value), 0);
    else if (thousandths <= (double)JSON_INTEGER_MAX && thousandths / 1000 == fabs(value))
        print_fixed(out, value < 0, (uint64_t)thousandths / 1000, (uint64_t)thousandths % 1000);
    else
        print_any(out, value);
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
