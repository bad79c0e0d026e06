/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "json.h"
#include "rules.h"
#include "shape.h"
#include "tag_list.h"
#include "tags.h"
#include "tokens.h"

static enum status check_shapes(struct call *call)
{
    const struct operation *op = call->op;
    struct violations violations = {.arena = call->arena};
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (call->path.names[kind])
            shape_check_text(operation_name_shape(kind), call->path.names[kind], true,
                             kinds[kind].name_member, &violations);
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (op->parameters[i])
            shape_check_text(op->parameters[i], call->query[i], i == PARAMETER_RESOURCE_ARN,
                             parameter_names[i], &violations);
    if (op->handle == tags_add && violations.count == 0 && tags_check_count(call) != OK)
        return call->error.status;
    if (op->body) {
        enum status status =
            shape_check(op->body, call->input, true, "", &violations, &call->error);
        if (status != OK)
            return status;
    }
    return violations_report(&violations, &call->error);
}

/* A create names its resource in the body. */
static void take_own_name(struct call *call)
{
    enum kind kind = call->op->kind;
    if (kind != KIND_NONE && call->input && !call->path.names[kind])
        call->path.names[kind] = json_string(call->input, kinds[kind].name_member);
}

static enum status check_names(struct call *call)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        const char *name = call->path.names[kind];
        if (name && rules_check_name(kinds[kind].name_member, name, &call->error) != OK)
            return call->error.status;
    }
    return OK;
}

enum status call_check(struct call *call)
{
    enum status status = check_shapes(call);
    if (status != OK)
        return status;
    take_own_name(call);
    status = check_names(call);
    if (status == OK)
        status = tokens_take(call);
    if (status == OK && call->input)
        status = tag_list_check(json_member(call->input, "tags"), ERR_BAD_REQUEST, &call->error);
    return status;
}

void call_clear(struct call *call)
{
    json_free(call->input);
    call->input = NULL;
}
