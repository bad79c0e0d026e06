/* SPDX-License-Identifier: Apache-2.0 */
#include "forms.h"

#include <string.h>

#include "bytes.h"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_graphic(char c)
{
    return c >= '!' && c <= '~';
}

/* [!-~]{1,most} */
static bool is_word(const char *text, size_t most)
{
    size_t size = 0;
    while (is_graphic(text[size]))
        size++;
    return text[size] == '\0' && size >= 1 && size <= most;
}

static bool is_namespace(const char *text)
{
    return is_word(text, 1024);
}

static bool is_http_namespace(const char *text)
{
    return strncmp(text, "arn:", 4) != 0 && is_word(text, 1024);
}

static bool is_private_namespace(const char *text)
{
    return strncmp(text, "arn:", 4) != 0 && is_word(text, 253);
}

static bool has_only(struct bytes text, const char *characters)
{
    for (size_t i = 0; i < text.size; i++)
        if (!text.data[i] || !strchr(characters, text.data[i]))
            return false;
    return true;
}

/* Letters, digits and '-', the last not at the ends; at most 63. */
static bool is_host_label(struct bytes label)
{
    return label.size >= 1 && label.size <= 63 && label.data[0] != '-' &&
           label.data[label.size - 1] != '-' && has_only(label, LETTERS_AND_DIGITS "-");
}

/* A letter or digit alone, or from 2 to 63 with '_', and '-' too but not at the ends. */
static bool is_service_label(struct bytes label)
{
    if (label.size == 1)
        return has_only(label, LETTERS_AND_DIGITS);
    return label.size >= 2 && label.size <= 63 && label.data[0] != '-' &&
           label.data[label.size - 1] != '-' && has_only(label, LETTERS_AND_DIGITS "-_");
}

/* The number of labels between dots; 0 if one is none. */
static size_t count_labels(const char *text, bool (*is_label)(struct bytes))
{
    size_t count = 0;
    for (const char *at = text;; at++) {
        struct bytes label = {at, strcspn(at, ".")};
        if (!is_label(label))
            return 0;
        count++;
        at += label.size;
        if (*at == '\0')
            return count;
    }
}

static bool is_public_namespace(const char *text)
{
    return count_labels(text, is_host_label) >= 2;
}

static bool is_service(const char *text)
{
    return strcmp(text, ".") == 0 ||
           (strlen(text) <= 127 && count_labels(text, is_service_label) > 0);
}

static bool is_instance(const char *text)
{
    return *text && has_only(bytes_of(text), LETTERS_AND_DIGITS "_/:.@-");
}

/* Empty, or graphic characters, blanks and tabs that start with a graphic one. */
static bool is_instance_value(const char *text)
{
    if (*text == ' ' || *text == '\t')
        return false;
    while (is_graphic(*text) || *text == ' ' || *text == '\t')
        text++;
    return *text == '\0';
}

const struct pattern http_namespace_pattern = {"^(?!arn:)[!-~]{1,1024}$", is_http_namespace};
const struct pattern private_namespace_pattern = {"^(?!arn:)[!-~]{1,253}$", is_private_namespace};
const struct pattern public_namespace_pattern = {
    "^([a-zA-Z0-9]([a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])?\\.)+"
    "[a-zA-Z0-9]([a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])?$",
    is_public_namespace};
const struct pattern namespace_pattern = {"^[!-~]{1,1024}$", is_namespace};
const struct pattern service_pattern = {
    "((?=^.{1,127}$)^([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])"
    "(\\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*$)|(^\\.$)",
    is_service};
const struct pattern instance_pattern = {"^[0-9a-zA-Z_/:.@-]+$", is_instance};
const struct pattern instance_value_pattern = {
    "^([a-zA-Z0-9!-~][ \\ta-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$", is_instance_value};
