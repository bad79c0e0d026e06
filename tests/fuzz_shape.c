/* SPDX-License-Identifier: Apache-2.0
 *
 * Any JSON as the spec of each kind: checked, held against the rules and filled. What held once
 * must hold again, unchanged.
 */
#include <assert.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "references.h"
#include "rules.h"
#include "shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status check(enum kind kind, struct cJSON *spec, struct error *error)
{
    struct violations violations = {.arena = error->arena};
    enum status status = shape_check(kinds[kind].spec, spec, true, "spec", &violations, error);
    return status == OK ? violations_report(&violations, error) : status;
}

static void count(void *context, const struct reference *reference)
{
    size_t *names = context;
    assert(reference->name && reference->kind < KIND_COUNT);
    (*names)++;
}

static void try_kind(enum kind kind, const struct cJSON *json)
{
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    struct cJSON *spec = json_copy(json);
    enum status status = check(kind, spec, &error);
    if (status == OK)
        status = rules_check(kind, spec, &error);
    assert((status == OK) == (error.message == NULL));
    if (status == OK) {
        size_t names = 0;
        rules_fill(kind, spec);
        references_walk(kind, spec, count, &names);
        struct cJSON *again = json_copy(spec);
        assert(check(kind, again, &error) == OK && rules_check(kind, again, &error) == OK);
        assert(json_equal(spec, again));
        json_free(again);
    }
    json_free(spec);
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_fault fault;
    struct cJSON *json = json_parse((struct bytes){(const char *)data, size}, &fault);
    for (enum kind kind = 0; json && kind < KIND_COUNT; kind++)
        try_kind(kind, json);
    json_free(json);
    return 0;
}
