/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <string.h>

/* Source: the virtual node's text is recorded (aws-app-mesh-roadmap#173); the others follow it. */
static enum status is_missing(struct call *call, enum kind kind)
{
    const char *const *names = call->path.names;
    const char *account = call->scope.account;
    enum kind parent = kinds[kind].parent;
    if (kind == KIND_MESH)
        return error_set(&call->error, ERR_NOT_FOUND,
                         "Mesh with name %s is not present for account %s", names[kind], account);
    if (parent == KIND_MESH)
        return error_set(&call->error, ERR_NOT_FOUND,
                         "%s with name %s is not present under mesh %s for account %s",
                         kinds[kind].name, names[kind], names[KIND_MESH], account);
    return error_set(&call->error, ERR_NOT_FOUND,
                     "%s with name %s is not present under %s %s in mesh %s for account %s",
                     kinds[kind].name, names[kind], kinds[parent].name, names[parent],
                     names[KIND_MESH], account);
}

/* Meshes are not shared: every account has its own (our choice; the service used AWS RAM). */
static enum status check_owner(struct call *call)
{
    const char *owner = call->query[PARAMETER_MESH_OWNER];
    if (!owner || strcmp(owner, call->scope.account) == 0)
        return OK;
    return error_set(&call->error, ERR_FORBIDDEN,
                     "Mesh %s of account %s is not shared with account %s",
                     call->path.names[KIND_MESH], owner, call->scope.account);
}

/* The first mesh makes its scope; the list of meshes of a scope that is not there is empty. */
static enum status find_scope(struct call *call, uint64_t *out)
{
    bool is_mesh = call->path.kind == KIND_MESH;
    if (is_mesh && call->op->access == WRITE)
        return store_scope_make(call->txn, &call->scope, out);
    enum status status = store_scope(call->txn, &call->scope, out);
    if (status != ERR_NOT_FOUND)
        return status;
    *out = 0;
    return call->path.names[KIND_MESH] ? is_missing(call, KIND_MESH) : OK;
}

enum status place_find(struct call *call, struct place *out)
{
    struct place place = {0};
    enum status status = check_owner(call);
    if (status == OK)
        status = find_scope(call, &place.parent);
    for (enum kind kind = 0; status == OK && kind < KIND_COUNT; kind++) {
        struct store_row row;
        if (!call->path.names[kind] || kind == call->path.kind)
            continue;
        status = store_get(call->txn, kind, place.parent, call->path.names[kind], &row);
        if (status == ERR_NOT_FOUND)
            return is_missing(call, kind);
        if (status != OK)
            break;
        if (kind == KIND_MESH)
            place.mesh = row.id;
        place.parent = row.id;
        place.parent_spec = row.spec;
    }
    if (status == OK)
        *out = place;
    return status;
}

enum status place_find_row(struct call *call, struct place *out, struct store_row *out_row)
{
    enum status status = place_find(call, out);
    if (status != OK)
        return status;
    enum kind kind = call->path.kind;
    status = store_get(call->txn, kind, out->parent, call->path.names[kind], out_row);
    return status == ERR_NOT_FOUND ? is_missing(call, kind) : status;
}
