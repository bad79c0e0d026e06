/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "json.h"
#include "utf8.h"

/* A printed value longer than this is cut. */
#define SHOWN_MAX 256

/* One step from the top of a request to a value. The chain is printed only when something fails. */
struct step {
    const struct step *parent;
    const char *name;          /* of a member; NULL in a list or map */
    size_t index;              /* in a list, from 1 */
    const char *key;           /* in a map */
    bool is_key;               /* the name in the map itself, not what stands under it */
    const char *text;          /* the value if it came in the path or the query */
    const struct cJSON *value; /* the value if it came in the body; both NULL: absent */
};

struct check {
    struct violations *violations;
    struct error *error;
};

static enum status check_value(struct check *, const struct shape *, struct cJSON *value,
                               const struct step *at);

static void print_cut(struct buffer *out, struct bytes text)
{
    const struct bytes shown = utf8_cut(text, SHOWN_MAX);
    buffer_append(out, shown.data, shown.size);
    if (shown.size < text.size)
        buffer_text(out, "...");
}

static void print_member(struct buffer *out, const char *name, bool has_small_initial)
{
    size_t start = out->size;
    buffer_text(out, name);
    if (has_small_initial && name[0] >= 'A' && name[0] <= 'Z')
        out->data[start] = (char)(name[0] - 'A' + 'a');
}

static void print_path(struct buffer *out, const struct step *at, bool has_small_initials)
{
    if (at->parent)
        print_path(out, at->parent, has_small_initials);
    if (out->size > 0)
        buffer_char(out, '.');
    if (at->name) {
        print_member(out, at->name, has_small_initials);
    } else if (at->key) {
        print_cut(out, bytes_of(at->key));
        buffer_text(out, at->is_key ? ".key" : ".member");
    } else {
        buffer_printf(out, "%zu.member", at->index);
    }
}

/* Strings as they are, everything else as compact JSON. */
static void print_value(struct buffer *out, const struct step *at)
{
    struct buffer json = {0};
    if (at->text)
        print_cut(out, bytes_of(at->text));
    else if (json_type(at->value) == JSON_STRING)
        print_cut(out, bytes_of(json_text(at->value)));
    else {
        json_print(&json, at->value);
        print_cut(out, buffer_bytes(&json));
    }
    buffer_clear(&json);
}

static void add_text(struct violations *violations, const struct buffer *text)
{
    struct violation *violation = arena_new(violations->arena, sizeof *violation);
    violation->text = arena_copy(violations->arena, buffer_bytes(text));
    if (violations->last)
        violations->last->next = violation;
    else
        violations->first = violation;
    violations->last = violation;
    violations->text_size += text->size;
}

static void violate(struct violations *violations, const struct step *at, const char *constraint,
                    const char *detail)
{
    violations->count++;
    if (violations->text_size >= VIOLATIONS_TEXT_MAX) {
        violations->unsaid++;
        return;
    }
    struct buffer text = {0};
    buffer_text(&text, "Value ");
    if (at->text || (at->value && json_type(at->value) != JSON_NULL)) {
        buffer_char(&text, '\'');
        print_value(&text, at);
        buffer_char(&text, '\'');
    } else {
        buffer_text(&text, "null");
    }
    buffer_text(&text, " at '");
    struct buffer path = {0};
    print_path(&path, at, violations->has_small_initials);
    buffer_append(&text, path.data, path.size);
    buffer_printf(&text, "' failed to satisfy constraint: Member must %s%s", constraint, detail);
    add_text(violations, &text);
    buffer_clear(&path);
    buffer_clear(&text);
}

static void check_bounds(struct violations *violations, const struct shape *shape, int64_t measure,
                         const struct step *at)
{
    const char *what = shape->type == SHAPE_INTEGER ? "value" : "length";
    bool is_low = measure < shape->min;
    bool is_high = measure > shape->max;
    if (!shape->has_bounds || (!is_low && !is_high))
        return;
    char constraint[80];
    snprintf(constraint, sizeof constraint, "have %s %s than or equal to %" PRId64, what,
             is_low ? "greater" : "less", is_low ? shape->min : shape->max);
    violate(violations, at, constraint, "");
}

/* "[A, B]" */
static void violate_choice(struct violations *violations, const struct step *at,
                           const char *constraint, const char *const *choices, size_t count)
{
    struct buffer list = {0};
    for (size_t i = 0; i < count; i++)
        buffer_printf(&list, "%s%s", i ? ", " : "[", choices[i]);
    buffer_char(&list, ']');
    violate(violations, at, constraint, list.data);
    buffer_clear(&list);
}

static void check_enum(struct violations *violations, const struct shape *shape, const char *text,
                       const struct step *at)
{
    size_t count = 0;
    for (; shape->values[count]; count++)
        if (strcmp(shape->values[count], text) == 0)
            return;
    violate_choice(violations, at, "satisfy enum value set: ", shape->values, count);
}

static void check_string(struct violations *violations, const struct shape *shape, const char *text,
                         const struct step *at)
{
    if (shape->has_bounds)
        check_bounds(violations, shape, (int64_t)utf8_length(text), at);
    if (shape->values)
        check_enum(violations, shape, text, at);
    if (shape->pattern && !shape->pattern->matches(text))
        violate(violations, at, "satisfy regular expression pattern: ", shape->pattern->text);
}

static enum status check_list(struct check *check, const struct shape *shape, struct cJSON *list,
                              const struct step *at)
{
    enum status status = OK;
    struct step element = {.parent = at};
    check_bounds(check->violations, shape, json_size(list), at);
    for (struct cJSON *value = json_first(list); value && status == OK; value = json_next(value)) {
        element.index++;
        element.value = value;
        if (json_type(value) == JSON_NULL)
            violate(check->violations, &element, "not be null", "");
        else
            status = check_value(check, shape->element, value, &element);
    }
    return status;
}

/* The member's position in the model, looked for from `start` on, where it mostly is; the number of
 * members if the model does not have it. */
static size_t find_member(const struct shape *shape, size_t start, const char *name)
{
    for (size_t n = 0; n < shape->member_count; n++) {
        size_t i = (start + n) % shape->member_count;
        if (strcmp(shape->members[i].name, name) == 0)
            return i;
    }
    return shape->member_count;
}

/* Each name as its shape says, then what stands under it. */
static enum status check_map(struct check *check, const struct shape *shape, struct cJSON *map,
                             const struct step *at)
{
    enum status status = OK;
    check_bounds(check->violations, shape, json_size(map), at);
    for (struct cJSON *value = json_first(map); value && status == OK; value = json_next(value)) {
        const char *key = json_name(value);
        struct step name = {.parent = at, .key = key, .is_key = true, .text = key};
        struct step step = {.parent = at, .key = key, .value = value};
        check_string(check->violations, shape->key, key, &name);
        if (json_type(value) == JSON_NULL)
            violate(check->violations, &step, "not be null", "");
        else
            status = check_value(check, shape->element, value, &step);
    }
    return status;
}

/* Drops what the model does not have and what is null; finds the rest, by position in the model. */
static size_t keep_members(const struct shape *shape, struct cJSON *object,
                           struct cJSON *found[SHAPE_MEMBERS_MAX], bool *out_is_sorted)
{
    size_t kept = 0, place = 0; /* where the model goes on after the last one found */
    *out_is_sorted = true;
    for (struct cJSON *value = json_first(object), *next; value; value = next) {
        next = json_next(value);
        size_t i = find_member(shape, place, json_name(value));
        if (i == shape->member_count || json_type(value) == JSON_NULL) {
            json_delete(object, value);
            continue;
        }
        found[i] = value;
        kept++;
        *out_is_sorted = *out_is_sorted && i >= place;
        place = i + 1;
    }
    return kept;
}

/* Puts the members in the model's order, so that equal values print alike. */
static void sort_members(struct cJSON *object, struct cJSON *const *found, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (found[i])
            json_append(object, json_detach(object, found[i]));
}

static void check_arity(struct violations *violations, const struct shape *shape, size_t kept,
                        const struct step *at)
{
    if (kept == 1)
        return;
    const char *names[SHAPE_MEMBERS_MAX];
    for (size_t i = 0; i < shape->member_count; i++)
        names[i] = shape->members[i].name;
    violate_choice(violations, at, "have exactly one of: ", names, shape->member_count);
    if (kept == 0 && shape->empty_complaint)
        violations->alone_text = shape->empty_complaint;
}

static enum status check_members(struct check *check, const struct shape *shape,
                                 struct cJSON *object, const struct step *at)
{
    assert(shape->member_count <= SHAPE_MEMBERS_MAX);
    enum status status = OK;
    struct cJSON *found[SHAPE_MEMBERS_MAX] = {0};
    bool is_sorted;
    size_t kept = keep_members(shape, object, found, &is_sorted);
    if (shape->type == SHAPE_UNION)
        check_arity(check->violations, shape, kept, at);
    for (size_t i = 0; i < shape->member_count && status == OK; i++) {
        const struct member *member = &shape->members[i];
        struct step step = {.parent = at, .name = member->name, .value = found[i]};
        if (found[i])
            status = check_value(check, member->shape, found[i], &step);
        else if (member->is_required)
            violate(check->violations, &step, "not be null", "");
    }
    if (!is_sorted) /* last: violations show what was sent */
        sort_members(object, found, shape->member_count);
    return status;
}

/* In the order of enum shape_type. */
static const struct {
    enum json_type json;
    const char *noun;
} types[] = {
    {JSON_STRING,  "a string"  },
    {JSON_NUMBER,  "an integer"},
    {JSON_BOOLEAN, "a boolean" },
    {JSON_ARRAY,   "a list"    },
    {JSON_OBJECT,  "an object" },
    {JSON_OBJECT,  "an object" },
    {JSON_OBJECT,  "an object" },
    {JSON_NUMBER,  "a number"  },
};

static enum status wrong_type(struct check *check, const struct shape *shape, const struct step *at)
{
    struct buffer path = {0};
    print_path(&path, at, check->violations->has_small_initials);
    enum status status = error_set(check->error, ERR_SERIALIZATION, "%s: expected %s",
                                   path.size ? path.data : "body", types[shape->type].noun);
    buffer_clear(&path);
    return status;
}

static enum status check_value(struct check *check, const struct shape *shape, struct cJSON *value,
                               const struct step *at)
{
    if (json_type(value) != types[shape->type].json)
        return wrong_type(check, shape, at);
    switch (shape->type) {
    case SHAPE_STRING:
        check_string(check->violations, shape, json_text(value), at);
        return OK;
    case SHAPE_INTEGER:
        if (!json_is_integer(value))
            return wrong_type(check, shape, at);
        check_bounds(check->violations, shape, (int64_t)json_value(value), at);
        return OK;
    case SHAPE_BOOLEAN:
    case SHAPE_NUMBER:
        return OK;
    case SHAPE_LIST:
        return check_list(check, shape, value, at);
    case SHAPE_STRUCT:
    case SHAPE_UNION:
        return check_members(check, shape, value, at);
    case SHAPE_MAP:
        return check_map(check, shape, value, at);
    }
    return OK;
}

enum status shape_check(const struct shape *shape, struct cJSON *value, bool is_required,
                        const char *path, struct violations *violations, struct error *error)
{
    struct step top = {.name = path, .value = value};
    struct check check = {violations, error};
    if (value)
        return check_value(&check, shape, value, &top);
    if (is_required)
        violate(violations, &top, "not be null", "");
    return OK;
}

static bool is_digits(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

/* A value of more digits than fit is as far out of bounds as the largest that fits. */
static void check_digits(struct violations *violations, const struct shape *shape, const char *text,
                         const struct step *at)
{
    if (is_digits(text))
        check_bounds(violations, shape, strtoll(text, NULL, 10), at);
    else
        violate(violations, at, "be an integer", "");
}

void shape_check_text(const struct shape *shape, const char *value, bool is_required,
                      const char *path, struct violations *violations)
{
    struct step top = {.name = path, .text = value};
    if (!value) {
        if (is_required)
            violate(violations, &top, "not be null", "");
    } else if (shape->type == SHAPE_INTEGER) {
        check_digits(violations, shape, value, &top);
    } else {
        check_string(violations, shape, value, &top);
    }
}

enum status violations_report(const struct violations *violations, struct error *error)
{
    enum status status = violations->status == OK ? ERR_BAD_REQUEST : violations->status;
    if (violations->count == 0)
        return OK;
    if (violations->count == 1 && violations->alone_text)
        return error_set(error, status, "%s", violations->alone_text);
    struct buffer text = {0};
    buffer_printf(&text, "%zu validation error%s detected: ", violations->count,
                  violations->count == 1 ? "" : "s");
    for (const struct violation *one = violations->first; one; one = one->next)
        buffer_printf(&text, "%s%s", one == violations->first ? "" : "; ", one->text);
    if (violations->unsaid > 0)
        buffer_printf(&text, "; and %zu more", violations->unsaid);
    error_set(error, status, "%s", text.data);
    buffer_clear(&text);
    return status;
}
