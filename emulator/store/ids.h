/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids: what rows and scopes are known by to those that hang under them or speak of them. They
 * outlive an update, are never used twice, and lead back to names.
 */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "bytes.h"
#include "store.h"

/* Gives the next id to a thing that is new. KIND_NONE is a scope, its name the scope's key. */
enum status id_take(struct store_txn *, enum kind, uint64_t parent, struct bytes name,
                    uint64_t *out) NODISCARD;

#endif
