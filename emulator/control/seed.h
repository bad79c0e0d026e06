/* SPDX-License-Identifier: Apache-2.0
 *
 * The two forms of a seed file, run in one transaction.
 */
#ifndef CONTROL_SEED_H
#define CONTROL_SEED_H

#include "arn.h"
#include "bytes.h"

struct control;
struct store_txn;

/* Runs the file's text. Errors: what failed, in error, with the number of the line. */
enum status seed_run(struct control *, struct store_txn *, struct bytes text, const struct scope *,
                     struct error *) NODISCARD;

#endif
