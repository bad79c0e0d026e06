/* SPDX-License-Identifier: Apache-2.0
 *
 * What a JSON value must look like, as data, and the engine that holds a value against it.
 *
 * The tables are in shapes.c; `appmesh-emulator schema` prints them. A shape says only what AWS's
 * model says (botocore appmesh 2019-01-25 service-2.json); what goes beyond is a rule (rules.h).
 */
#ifndef MODEL_SHAPE_H
#define MODEL_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct arena;
struct cJSON;

enum shape_type {
    SHAPE_STRING,
    SHAPE_INTEGER, /* 64 bit, within +-(2^53 - 1) */
    SHAPE_BOOLEAN,
    SHAPE_LIST,
    SHAPE_STRUCT,
    SHAPE_UNION, /* a struct with exactly one member */
    SHAPE_MAP,   /* an object whose names the client chooses */
    SHAPE_NUMBER,
};

#define SHAPE_UNBOUNDED INT64_MAX

/* A regular expression as AWS prints it and the function that decides it. */
struct pattern {
    const char *text;
    bool (*matches)(const char *);
};

struct member;

struct shape {
    const char *name; /* botocore's name of the shape: VirtualNodeSpec */
    enum shape_type type;
    bool has_bounds;
    int64_t min, max;              /* code points, value, elements or pairs, by type */
    const char *const *values;     /* enum, NULL-terminated, in botocore's order; or NULL */
    const struct pattern *pattern; /* or NULL */
    const struct shape *key;       /* of a map */
    const struct shape *element;   /* of a list; the value of a map */
    const struct member *members;  /* of a struct or union, in botocore's order */
    size_t member_count;           /* at most SHAPE_MEMBERS_MAX */
    const char *empty_complaint;   /* recorded text for an empty union and nothing else wrong */
};

#define SHAPE_MEMBERS_MAX 16

struct member {
    const char *name;
    const struct shape *shape;
    bool is_required;
    const char *inert; /* why it changes nothing in an Envoy; NULL: it does */
};

struct violation {
    const char *text;
    struct violation *next;
};

/* Collects every violation of one request, over path, query and body. All zero but the arena is an
 * empty list. All are counted; the texts of those after the first VIOLATIONS_TEXT_MAX bytes are
 * left out, because a body of 1 MiB can hold 100,000 bad elements. */
struct violations {
    struct arena *arena;
    size_t count;
    struct violation *first, *last;
    size_t text_size;
    size_t unsaid;           /* counted, but without a text */
    const char *alone_text;  /* replaces the general form if count is 1 */
    bool has_small_initials; /* paths show members as Cloud Map's do: Id as 'id' */
    enum status status;      /* of the report; OK stands for ERR_BAD_REQUEST */
};

#define VIOLATIONS_TEXT_MAX ((size_t)64 * 1024)

/* Holds a value against its shape, and brings it to the stored form: unknown members and null
 * members go, the others come in the model's order. value may be NULL (absent); is_required says
 * whether it may be. Adds to violations in depth-first model order, paths below `path` ("" at the
 * top), list indices from 1 and names in maps with ".member" after them. Errors: ERR_SERIALIZATION,
 * set, for a wrong JSON type; violations are no error here. */
enum status shape_check(const struct shape *, struct cJSON *value, bool is_required,
                        const char *path, struct violations *, struct error *) NODISCARD;

/* The same for a string or integer from the path or the query; NULL is absent. An integer that is
 * not decimal digits is a violation: "Member must be an integer". */
void shape_check_text(const struct shape *, const char *value, bool is_required, const char *path,
                      struct violations *);

/* OK when there are none; else violations' status with "<N> validation error[s] detected: ...",
 * which ends in "; and <n> more" when some are left out. */
enum status violations_report(const struct violations *, struct error *) NODISCARD;

#endif
