/* SPDX-License-Identifier: Apache-2.0
 *
 * Collects what the batch under way changes, for whoever listens. Without a listener, nothing.
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "store.h"

/* The row with this id is about to go, or was just put. */
enum status changes_note_row(struct store_txn *, uint64_t id) NODISCARD;
void changes_note_all(struct store_txn *);

void changes_begin_child(struct store *);
void changes_drop_child(struct store *); /* what the child did has vanished */
/* The batch is over: is_kept tells the listener, else all is dropped. */
void changes_end(struct store *, bool is_kept);

#endif
