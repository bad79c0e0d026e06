/* SPDX-License-Identifier: Apache-2.0
 *
 * What the store knows of itself: the format of the file, the secret, the next id.
 */
#ifndef STORE_META_H
#define STORE_META_H

#include <stdint.h>

#include "status.h"

struct store_txn;

#define META_FORMAT 2 /* another number is refused: no file is ever converted */

/* Fills the store's secret and next id. *out_format: what the file says. ERR_NOT_FOUND if the file
 * says none. */
enum status meta_load(struct store_txn *, uint64_t *out_format) NODISCARD;
/* For a new store: makes all three. */
enum status meta_make(struct store_txn *) NODISCARD;
/* Once a batch, before its commit. */
enum status meta_save_next_id(struct store_txn *) NODISCARD;

#endif
