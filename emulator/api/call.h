/* SPDX-License-Identifier: Apache-2.0
 *
 * One operation under way: what dispatch made of the request, what the handler makes of it.
 *
 * Lifetime: everything hangs on the arena, but the input tree, which call_clear frees.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api.h"
#include "arena.h"
#include "hash.h"
#include "kind.h"
#include "operations.h"
#include "store.h"

struct call {
    const struct api_options *options;
    struct store *store;
    const struct operation *op;
    struct arena *arena;
    struct error error;

    struct scope scope;
    struct resource_path path;          /* of a create, its own name comes from the body */
    const char *query[PARAMETER_COUNT]; /* decoded; NULL if absent */
    struct cJSON *input; /* the body, in stored form once checked; NULL without one */
    const char *token;   /* clientToken, taken out of the input; NULL if absent */
    unsigned char token_hash[HASH_SIZE]; /* of the operation and the rest of the input */

    struct store_txn *txn;
    struct bytes output; /* JSON, in the arena */
};

void call_init(struct call *, struct api *, struct arena *);

/* Everything that can be said without looking at the store: shapes of path, query and body, all
 * violations at once, then the bounds beyond the model. Brings the input to its stored form. */
enum status call_check(struct call *) NODISCARD;

void call_clear(struct call *);

#endif
