/* SPDX-License-Identifier: Apache-2.0
 *
 * A store's LMDB environment: opened, and opened anew when a large batch has passed, because LMDB
 * keeps every page that a transaction wrote until the environment is closed (10,000 rows of 1 KB in
 * one batch: 24 MB).
 */
#ifndef STORE_ENVIRONMENT_H
#define STORE_ENVIRONMENT_H

#include "tables.h"

/* What to do about a store that cannot be used. */
#define ENVIRONMENT_ADVICE "move it away, or name another directory with --data"

/* What LMDB answers. The store's env is set even then, for environment_close. A page that LMDB
 * meets later and that cannot be ends the process with one line. */
int environment_open(struct store *);
void environment_close(struct store *);

/* With flags 0 ends with MDB_NOTFOUND at the first table that is missing; MDB_CREATE makes it. The
 * tables stay open if the transaction is committed. */
int environment_open_tables(struct store_txn *, unsigned flags);

/* Between batches, if no reader is active; else the next call does it. */
void environment_renew(struct store *);

#endif
