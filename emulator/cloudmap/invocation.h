/* SPDX-License-Identifier: Apache-2.0
 *
 * One action of Cloud Map under way: what dispatch made of the request, what the handler makes of
 * it.
 *
 * Lifetime: strings hang on the arena, trees on the invocation until invocation_clear.
 */
#ifndef CLOUDMAP_INVOCATION_H
#define CLOUDMAP_INVOCATION_H

#include "arena.h"
#include "arn.h"
#include "documents.h"
#include "json.h"

struct invocation;
struct shape;

/* What an operation does, once it does it. check looks whether it can be done and says to what;
 * apply does it. */
struct effect {
    const char *type; /* REGISTER_INSTANCE */
    enum status (*check)(struct invocation *) NODISCARD;
    enum status (*apply)(struct invocation *) NODISCARD;
};

/* One of the API's calls. */
struct action {
    const char *name;
    enum access access;
    const struct shape *input;
    enum status (*handle)(struct invocation *) NODISCARD;
    const struct effect *effect; /* of those that answer with an OperationId */
    const char *namespace_type;  /* of those that come once for each type */
};

/* What an operation is about. Ids of things that it does not concern are NULL. */
struct target {
    const char *lock; /* two operations with the same one do not run at a time */
    const char *namespace_id, *service_id, *instance_id;
};

struct invocation {
    const struct action *action;
    struct store *store;
    struct store_txn *txn;
    struct arena *arena;
    struct scope scope;
    uint64_t place;   /* number of the scope in the store; 0: nothing was ever stored there */
    int64_t now_ms;   /* since 1970 */
    int64_t delay_ms; /* until an operation has its effect */
    struct cJSON *input, *reply; /* objects */
    struct cJSON *kept;          /* other trees that go with it */
    struct error error;
    struct cJSON *error_members; /* what the error tells besides its message */

    /* Of an operation: */
    struct target target;
    struct cJSON *namespace_row, *service_row, *instance_row; /* what check found */
    const char *operation_id;
    const char *earlier; /* the operation of the same request sent before; NULL: none */
    const char *failure_code, *failure_message; /* it comes to FAIL */
};

/* The invocation owns the input. The transaction and the time are set by who runs it. */
void invocation_init(struct invocation *, struct store *, struct arena *, const struct scope *,
                     const struct action *, struct cJSON *input);
void invocation_clear(struct invocation *);

/* Holds a value that stands at `path` against a shape: the input against that of its action. */
enum status invocation_check(struct invocation *, const struct shape *, struct cJSON *value,
                             const char *path) NODISCARD;

/* Runs the handler in a transaction. */
enum status invocation_run(struct invocation *, struct store_txn *) NODISCARD;

/* Leaves a tree to the invocation. */
struct cJSON *invocation_keep(struct invocation *, struct cJSON *);

/* A member of the input, NULL if absent. */
const char *input_text(const struct invocation *, const char *name);

/* By its OwnerAccount; nothing of others is shared here. */
bool input_is_own(const struct invocation *);

/* A digest of the action and the whole input: the same for the same request. */
const char *input_digest(const struct invocation *);

#endif
