/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>

#include "json_text.h"

static struct cJSON *there(struct cJSON *value)
{
    if (!value)
        memory_died();
    return value;
}

__attribute__((constructor)) static void set_memory(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){json_take, json_give_back});
}

struct cJSON *json_parse(struct bytes text, struct json_fault *out)
{
    if (!json_scan(text, out))
        return NULL;
    return there(cJSON_ParseWithLengthOpts(text.data, text.size, NULL, false));
}

void json_free(struct cJSON *value)
{
    cJSON_Delete(value);
}

enum json_type json_type(const struct cJSON *value)
{
    switch (value->type) {
    case cJSON_NULL:
        return JSON_NULL;
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOLEAN;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    default:
        assert(value->type == cJSON_Object);
        return JSON_OBJECT;
    }
}

struct cJSON *json_first(const struct cJSON *parent)
{
    return parent ? parent->child : NULL;
}

struct cJSON *json_next(const struct cJSON *child)
{
    return child->next;
}

const char *json_name(const struct cJSON *member)
{
    return member->string;
}

int json_size(const struct cJSON *parent)
{
    return cJSON_GetArraySize(parent);
}

struct cJSON *json_member(const struct cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_string(const struct cJSON *object, const char *name)
{
    return cJSON_GetStringValue(json_member(object, name));
}

int64_t json_integer(const struct cJSON *object, const char *name, int64_t fallback)
{
    const struct cJSON *member = json_member(object, name);
    return json_is_integer(member) ? (int64_t)member->valuedouble : fallback;
}

double json_number(const struct cJSON *object, const char *name, double fallback)
{
    const struct cJSON *member = json_member(object, name);
    return cJSON_IsNumber(member) ? member->valuedouble : fallback;
}

bool json_boolean(const struct cJSON *object, const char *name)
{
    return json_is_true(json_member(object, name));
}

const char *json_text(const struct cJSON *value)
{
    assert(cJSON_IsString(value));
    return value->valuestring;
}

double json_value(const struct cJSON *value)
{
    assert(cJSON_IsNumber(value));
    return value->valuedouble;
}

bool json_is_true(const struct cJSON *value)
{
    return cJSON_IsTrue(value);
}

bool json_is_integer(const struct cJSON *value)
{
    return cJSON_IsNumber(value) && fabs(value->valuedouble) <= (double)JSON_INTEGER_MAX &&
           trunc(value->valuedouble) == value->valuedouble;
}

struct cJSON *json_new_object(void)
{
    return there(cJSON_CreateObject());
}

struct cJSON *json_new_array(void)
{
    return there(cJSON_CreateArray());
}

struct cJSON *json_new_string(const char *text)
{
    return there(cJSON_CreateString(text));
}

struct cJSON *json_add(struct cJSON *object, const char *name, struct cJSON *value)
{
    if (!cJSON_AddItemToObject(object, name, value))
        memory_died();
    return value;
}

struct cJSON *json_add_object(struct cJSON *object, const char *name)
{
    return json_add(object, name, json_new_object());
}

struct cJSON *json_add_array(struct cJSON *object, const char *name)
{
    return json_add(object, name, json_new_array());
}

void json_add_string(struct cJSON *object, const char *name, const char *text)
{
    json_add(object, name, json_new_string(text));
}

void json_add_integer(struct cJSON *object, const char *name, int64_t value)
{
    json_add(object, name, there(cJSON_CreateNumber((double)value)));
}

void json_add_number(struct cJSON *object, const char *name, double value)
{
    json_add(object, name, there(cJSON_CreateNumber(value)));
}

void json_add_boolean(struct cJSON *object, const char *name, bool value)
{
    json_add(object, name, there(cJSON_CreateBool(value)));
}

void json_append(struct cJSON *array, struct cJSON *value)
{
    cJSON_AddItemToArray(array, value);
}

struct cJSON *json_copy(const struct cJSON *value)
{
    return there(cJSON_Duplicate(value, true));
}

struct cJSON *json_detach(struct cJSON *parent, struct cJSON *child)
{
    return cJSON_DetachItemViaPointer(parent, child);
}

void json_delete(struct cJSON *parent, struct cJSON *child)
{
    json_free(json_detach(parent, child));
}

void json_replace(struct cJSON *parent, struct cJSON *child, struct cJSON *by)
{
    cJSON_free(by->string);
    by->string = child->string;
    child->string = NULL;
    cJSON_ReplaceItemViaPointer(parent, child, by);
}

static bool arrays_equal(const struct cJSON *a, const struct cJSON *b)
{
    const struct cJSON *left = a->child, *right = b->child;
    for (; left && right; left = left->next, right = right->next)
        if (!json_equal(left, right))
            return false;
    return left == right;
}

/* Members mostly come in the same order on both sides, so a search starts with the place where the
 * other side stands: linear then, quadratic only for shuffled ones. */
static bool objects_equal(const struct cJSON *a, const struct cJSON *b)
{
    const struct cJSON *twin = b->child;
    for (const struct cJSON *member = a->child; member; member = member->next) {
        if (!twin || strcmp(twin->string, member->string) != 0)
            twin = json_member(b, member->string);
        if (!twin || !json_equal(member, twin))
            return false;
        twin = twin->next;
    }
    return json_size(a) == json_size(b);
}

/* Not cJSON_Compare, which takes 2^depth steps and lets numbers differ in the last bit. */
bool json_equal(const struct cJSON *a, const struct cJSON *b)
{
    if (!a || !b || a->type != b->type)
        return a == b;
    switch (json_type(a)) {
    case JSON_NUMBER:
        return a->valuedouble == b->valuedouble;
    case JSON_STRING:
        return strcmp(a->valuestring, b->valuestring) == 0;
    case JSON_ARRAY:
        return arrays_equal(a, b);
    case JSON_OBJECT:
        return objects_equal(a, b);
    default:
        return true;
    }
}
