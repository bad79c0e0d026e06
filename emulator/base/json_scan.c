/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "utf8.h"

#define END (-1)
#define NUMBER_MAX 63 /* cJSON cuts longer ones */
#define PAIRS_MAX 16  /* members up to which comparing all pairs is faster than sorting */

struct key {
    struct bytes name; /* without escapes */
    const char *at;    /* in the text */
};

/* The keys of all objects that are open, the innermost last, so an object's are contiguous. */
struct scan {
    const char *at, *start, *end;
    struct json_fault *fault;
    int depth;
    size_t values; /* so far */
    struct key *keys;
    size_t count, capacity;
    struct arena arena; /* names of keys that were escaped */
};

static bool refuse(struct scan *scan, const char *at, const char *reason)
{
    *scan->fault = (struct json_fault){(size_t)(at - scan->start), reason};
    return false;
}

static int peek(const struct scan *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : END;
}

static bool take(struct scan *scan, char c)
{
    bool is_there = peek(scan) == c;
    scan->at += is_there;
    return is_there;
}

static bool is_blank(int c)
{
    return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

static void skip_blanks(struct scan *scan)
{
    while (is_blank(peek(scan)))
        scan->at++;
}

static bool scan_word(struct scan *scan, struct bytes word)
{
    size_t left = (size_t)(scan->end - scan->at);
    if (left < word.size || memcmp(scan->at, word.data, word.size) != 0)
        return refuse(scan, scan->at, "expected a value");
    scan->at += word.size;
    return true;
}

static bool take_digits(struct scan *scan)
{
    const char *start = scan->at;
    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at > start;
}

/* Only an exponent can make so short a number infinite. */
static bool is_finite(const char *start, const char *end)
{
    char copy[NUMBER_MAX + 1] = "";
    memcpy(copy, start, (size_t)(end - start));
    return isfinite(strtod(copy, NULL));
}

static bool scan_number(struct scan *scan)
{
    const char *start = scan->at;
    bool has_exponent = false;
    take(scan, '-');
    if (!take(scan, '0') && !take_digits(scan))
        return refuse(scan, start, "expected a value");
    if (take(scan, '.') && !take_digits(scan))
        return refuse(scan, scan->at, "expected a digit");
    if (take(scan, 'e') || take(scan, 'E')) {
        has_exponent = true;
        if (!take(scan, '-'))
            take(scan, '+');
        if (!take_digits(scan))
            return refuse(scan, scan->at, "expected a digit");
    }
    if (scan->at - start > NUMBER_MAX)
        return refuse(scan, start, "number of more than 63 characters");
    if (has_exponent && !is_finite(start, scan->at))
        return refuse(scan, start, "number out of range");
    return true;
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of XXXX, or -1. */
static int take_hex(struct scan *scan)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(peek(scan));
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
        scan->at++;
    }
    return value;
}

static bool scan_low_surrogate(struct scan *scan)
{
    if (!take(scan, '\\') || !take(scan, 'u'))
        return false;
    int low = take_hex(scan);
    return low >= 0xdc00 && low <= 0xdfff;
}

/* Past the backslash. */
static bool scan_escape(struct scan *scan)
{
    const char *start = scan->at - 1;
    int c = peek(scan);
    scan->at += c != END;
    if (c != 'u')
        return (c > 0 && strchr("\"\\/bfnrt", c)) || refuse(scan, start, "invalid escape");
    int code = take_hex(scan);
    if (code < 0)
        return refuse(scan, start, "invalid escape");
    if (code == 0)
        return refuse(scan, start, "U+0000 in a string");
    if (code < 0xd800 || code > 0xdfff)
        return true;
    return (code <= 0xdbff && scan_low_surrogate(scan)) || refuse(scan, start, "lone surrogate");
}

static bool scan_character(struct scan *scan)
{
    size_t size = utf8_first((struct bytes){scan->at, (size_t)(scan->end - scan->at)});
    if (size == 0)
        return refuse(scan, scan->at, "invalid UTF-8");
    scan->at += size;
    return true;
}

static bool scan_string(struct scan *scan)
{
    const char *start = scan->at++;
    for (;;) {
        scan->at = json_skip_plain(scan->at, scan->end);
        int c = peek(scan);
        if (take(scan, '"'))
            return true;
        if (c == END)
            return refuse(scan, start, "string without an end");
        if (c < ' ')
            return refuse(scan, scan->at, "control character in a string");
        if (take(scan, '\\') ? !scan_escape(scan) : !scan_character(scan))
            return false;
    }
}

/* What the quoted text from at to end means. Escapes in names are rare, so cJSON resolves them. */
static struct bytes name_of(struct scan *scan, const char *at, const char *end)
{
    struct bytes raw = {at + 1, (size_t)(end - at) - 2};
    if (!memchr(raw.data, '\\', raw.size))
        return raw;
    struct cJSON *value = cJSON_ParseWithLength(at, (size_t)(end - at));
    if (!value)
        memory_died();
    const char *name = arena_copy(&scan->arena, bytes_of(value->valuestring));
    cJSON_Delete(value);
    return bytes_of(name);
}

static void push_key(struct scan *scan, const char *at)
{
    if (scan->count == scan->capacity) {
        scan->capacity = scan->capacity ? scan->capacity * 2 : 64;
        scan->keys = memory_resize(scan->keys, scan->capacity * sizeof(*scan->keys));
    }
    scan->keys[scan->count++] = (struct key){name_of(scan, at, scan->at), at};
}

/* Any total order will do, and the length is at hand. No hash: nobody can make it collide. */
static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    if (a->name.size != b->name.size)
        return a->name.size < b->name.size ? -1 : 1;
    int order = memcmp(a->name.data, b->name.data, a->name.size);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static const struct key *find_twin(const struct key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (bytes_equal(keys[i].name, keys[j].name))
                return &keys[i];
    return NULL;
}

static const struct key *find_twin_by_sorting(struct key *keys, size_t count)
{
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count; i++)
        if (bytes_equal(keys[i].name, keys[i - 1].name))
            return &keys[i];
    return NULL;
}

/* Takes the keys from first on, those of the object that has just ended, off the stack. */
static bool pop_keys(struct scan *scan, size_t first)
{
    size_t count = scan->count - first;
    scan->count = first;
    if (count < 2)
        return true;
    struct key *keys = scan->keys + first;
    const struct key *twin =
        count <= PAIRS_MAX ? find_twin(keys, count) : find_twin_by_sorting(keys, count);
    return !twin || refuse(scan, twin->at, "member name given twice");
}

typedef bool scan_part(struct scan *);

static bool scan_parts(struct scan *scan, char last, scan_part *part, const char *expected)
{
    if (++scan->depth > JSON_DEPTH_MAX)
        return refuse(scan, scan->at, "more than 64 levels");
    scan->at++;
    skip_blanks(scan);
    if (!take(scan, last)) {
        do {
            skip_blanks(scan);
            if (!part(scan))
                return false;
            skip_blanks(scan);
        } while (take(scan, ','));
        if (!take(scan, last))
            return refuse(scan, scan->at, expected);
    }
    scan->depth--;
    return true;
}

static scan_part scan_value;

static bool scan_member(struct scan *scan)
{
    const char *name = scan->at;
    if (peek(scan) != '"')
        return refuse(scan, scan->at, "expected a member name");
    if (!scan_string(scan))
        return false;
    push_key(scan, name);
    skip_blanks(scan);
    if (!take(scan, ':'))
        return refuse(scan, scan->at, "expected ':'");
    skip_blanks(scan);
    return scan_value(scan);
}

static bool scan_object(struct scan *scan)
{
    size_t first = scan->count;
    return scan_parts(scan, '}', scan_member, "expected ',' or '}'") && pop_keys(scan, first);
}

static bool scan_value(struct scan *scan)
{
    if (++scan->values > JSON_VALUES_MAX)
        return refuse(scan, scan->at, "more than 16777216 values");
    switch (peek(scan)) {
    case '{':
        return scan_object(scan);
    case '[':
        return scan_parts(scan, ']', scan_value, "expected ',' or ']'");
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, BYTES("true"));
    case 'f':
        return scan_word(scan, BYTES("false"));
    case 'n':
        return scan_word(scan, BYTES("null"));
    default:
        return scan_number(scan);
    }
}

static bool scan_text(struct scan *scan)
{
    skip_blanks(scan);
    if (!scan_value(scan))
        return false;
    skip_blanks(scan);
    return scan->at == scan->end || refuse(scan, scan->at, "text after the value");
}

bool json_scan(struct bytes text, struct json_fault *out)
{
    if (!text.data)
        text = BYTES("");
    struct scan scan = {
        .at = text.data, .start = text.data, .end = text.data + text.size, .fault = out};
    bool is_json = scan_text(&scan);
    free(scan.keys);
    arena_clear(&scan.arena);
    return is_json;
}
