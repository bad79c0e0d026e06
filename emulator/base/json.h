/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON, strictly: the only user of cJSON. A scanner of our own stands in front of it, because cJSON
 * takes bad UTF-8, leading zeros, duplicate keys and text after the value, and cuts strings at NUL.
 *
 * Trees are cJSON's; outside json*.c `struct cJSON` is opaque and read through these functions.
 * Owns: the caller owns what json_parse and the json_new functions return until json_free or until
 *       it is added to another tree. Names and strings passed in are copied.
 * Errors: out of memory aborts with one line.
 * Threads: any, each tree in one at a time.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "utf8.h"

struct cJSON;

#define JSON_DEPTH_MAX 64
#define JSON_VALUES_MAX 16777216          /* measured: a tree of so many takes 1.6 GB */
#define JSON_INTEGER_MAX 9007199254740991 /* 2^53 - 1: what a double holds exactly */

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Where and why a text is not JSON. */
struct json_fault {
    size_t offset; /* bytes from the start */
    const char *reason;
};

/* The tree, or NULL and *out filled. Refused besides bad grammar: more than JSON_DEPTH_MAX levels
 * or JSON_VALUES_MAX values, invalid UTF-8, lone surrogates, U+0000, a name twice in one object,
 * anything but blanks after the value, numbers of more than 63 characters or beyond what a double
 * holds. */
struct cJSON *json_parse(struct bytes text, struct json_fault *out);
void json_free(struct cJSON *);

enum json_type json_type(const struct cJSON *);

/* Children of an array or object, in order; NULL at the end. json_name: a member's name. */
struct cJSON *json_first(const struct cJSON *);
struct cJSON *json_next(const struct cJSON *);
const char *json_name(const struct cJSON *);
int json_size(const struct cJSON *); /* number of children; 0 for NULL */

/* Readers that take NULL: a missing member, or one of another type, is NULL, the fallback or false.
 * Names are compared exactly. */
struct cJSON *json_member(const struct cJSON *object, const char *name);
const char *json_string(const struct cJSON *object, const char *name);
int64_t json_integer(const struct cJSON *object, const char *name, int64_t fallback);
double json_number(const struct cJSON *object, const char *name, double fallback);
bool json_boolean(const struct cJSON *object, const char *name);

/* The value itself. json_text and json_value assert the type. */
const char *json_text(const struct cJSON *);
double json_value(const struct cJSON *);
bool json_is_true(const struct cJSON *);
bool json_is_integer(const struct cJSON *); /* integral and within +-JSON_INTEGER_MAX */

/* Builders. Those that take an object and a name add to it and return what was added. */
struct cJSON *json_new_object(void);
struct cJSON *json_new_array(void);
struct cJSON *json_new_string(const char *text);
struct cJSON *json_add(struct cJSON *object, const char *name, struct cJSON *value);
struct cJSON *json_add_object(struct cJSON *object, const char *name);
struct cJSON *json_add_array(struct cJSON *object, const char *name);
void json_add_string(struct cJSON *object, const char *name, const char *text);
void json_add_integer(struct cJSON *object, const char *name, int64_t value);
void json_add_number(struct cJSON *object, const char *name, double value);
void json_add_boolean(struct cJSON *object, const char *name, bool value);
void json_append(struct cJSON *array, struct cJSON *value); /* or a detached member to an object */
struct cJSON *json_copy(const struct cJSON *);

/* Takes a child out of its array or object and gives it to the caller / frees it / puts another,
 * of the same name, in its place. */
struct cJSON *json_detach(struct cJSON *parent, struct cJSON *child);
void json_delete(struct cJSON *parent, struct cJSON *child);
void json_replace(struct cJSON *parent, struct cJSON *child, struct cJSON *by);

/* Order of members does not count, order of elements does. Linear when members come in the same
 * order, else quadratic in the members of one object. */
bool json_equal(const struct cJSON *, const struct cJSON *);

/* Appends compact JSON. Integers up to JSON_INTEGER_MAX are plain digits, other numbers the
 * shortest form from 15 digits on that reads back the same; UTF-8 goes out as it is. */
void json_print(struct buffer *, const struct cJSON *);
void json_print_string(struct buffer *, const char *text); /* quoted and escaped */

#endif
