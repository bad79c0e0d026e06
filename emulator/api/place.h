/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a resource hangs: names resolved to rows, and the words for one that is not there.
 */
#ifndef API_PLACE_H
#define API_PLACE_H

#include "call.h"

struct place {
    uint64_t parent;          /* id of the row above; of the scope for a mesh */
    uint64_t mesh;            /* id of the mesh row; 0 for a mesh itself */
    struct bytes parent_spec; /* borrowed as in store_get; empty for a mesh */
};

/* Finds the parent of what call->path names.
 * Errors: ERR_FORBIDDEN for a stranger's meshOwner, ERR_NOT_FOUND for a mesh or parent. */
enum status place_find(struct call *, struct place *out) NODISCARD;

/* Finds the resource itself. Errors: those of place_find, and ERR_NOT_FOUND with its words. */
enum status place_find_row(struct call *, struct place *out, struct store_row *out_row) NODISCARD;

#endif
