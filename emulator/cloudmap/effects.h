/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations: what Cloud Map answers at once for what it does later. Here the effect comes in the
 * same transaction, unless --operation-delay puts it off: then the operation is PENDING until the
 * delay ends, and effect and outcome are one transaction.
 */
#ifndef CLOUDMAP_EFFECTS_H
#define CLOUDMAP_EFFECTS_H

#include "invocation.h"

/* The handler of every action with an effect: answers with an OperationId. */
enum status effect_run(struct invocation *) NODISCARD;

/* For apply: the operation comes to FAIL with these words, and what apply did stands. */
void effect_fail(struct invocation *, const char *code, const char *message);

enum status effect_get_operation(struct invocation *) NODISCARD;
enum status effect_list_operations(struct invocation *) NODISCARD;

/* Has the effect of what is due by then, in one transaction. *out_next_ms: when the next is due, 0
 * if there is none. */
enum status effect_finish(struct store *, struct store_txn *, int64_t until_ms,
                          int64_t *out_next_ms) NODISCARD;

#endif
