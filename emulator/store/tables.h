/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: the tables, a transaction's way to them, and the one place
 * where LMDB's return codes become statuses.
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "documents.h"
#include "keys.h"
#include "store.h"
#include "sync.h"

/* A kind's rows are in the table of the kind's own number. A new table is a line here and a name in
 * tables.c; an older store gets it when it is opened. */
enum table {
    TABLE_IDS = KIND_COUNT, /* id -> kind, parent id, name; of a scope: KIND_NONE, 0, its key */
    TABLE_SCOPES,           /* account NUL region -> id */
    TABLE_REFERENCES,       /* mesh id, kind, name NUL, kind, id of who names it -> nothing */
    TABLE_TAGS,             /* id -> JSON */
    TABLE_TOKENS,           /* id -> the caller's form */
    TABLE_HIDDEN,           /* mesh id, name -> wall ms */
    TABLE_DOCUMENTS,        /* the first of the documents' tables: parent, name -> value */
    TABLE_KEPT = TABLE_DOCUMENTS + DOCUMENT_CERTIFICATE, /* a reset leaves alone what follows */
    TABLE_META = TABLE_DOCUMENTS + DOCUMENT_COUNT,       /* format, secret, next id */
    TABLE_COUNT
};
extern const char *const table_names[TABLE_COUNT];

struct store_txn {
    struct store *store;
    MDB_txn *txn;           /* NULL: not begun */
    bool is_active;         /* a reader: between store_read and store_read_end */
    struct store_txn *next; /* a reader: in the store's list */
};

struct readers {
    pthread_mutex_t mutex; /* guards what follows, and the environment from being exchanged */
    struct store_txn *first;
    size_t active;
};

#define SECRET_SIZE 32

struct store {
    MDB_env *env; /* NULL: not open */
    MDB_dbi tables[TABLE_COUNT];
    char *directory; /* NULL: gone, as with a store in memory */
    size_t map_size;
    unsigned flags; /* MDB_NOSYNC and the like */
    struct readers readers;
    struct store_txn batch, child;
    size_t batch_bytes;     /* of pages that this batch took, at most */
    bool is_bloated;        /* LMDB holds the pages of a large batch */
    uint64_t next_id;       /* for the next new row; ids are never used twice */
    uint64_t saved_next_id; /* as it stands in the meta table */
    unsigned char secret[SECRET_SIZE];
    struct sync sync;
    store_listener *listener; /* NULL: nobody */
    void *listener_context;
    struct store_changes *changes; /* of this batch; NULL: none yet */
    size_t changes_before_child;
    bool was_all_before_child;
    int lock_fd; /* -1: not locked */
    atomic_bool is_dead;
};

/* The status for what LMDB answered. Logs all but success and the expected MDB_NOTFOUND and
 * MDB_KEYEXIST; notes that the environment is dead. */
enum status store_status(struct store *, const char *what, int rc);

/* Reads a value, borrowed as in store_get. ERR_NOT_FOUND. */
enum status table_get(struct store_txn *, unsigned table, const struct key *,
                      struct bytes *out) NODISCARD;
enum status table_put(struct store_txn *, unsigned table, const struct key *,
                      struct bytes value) NODISCARD;
/* Makes a value of size bytes for the caller to fill. flags: 0 or MDB_NOOVERWRITE: ERR_CONFLICT. */
enum status table_reserve(struct store_txn *, unsigned table, const struct key *, size_t size,
                          unsigned flags, char **out) NODISCARD;
/* ERR_NOT_FOUND. */
enum status table_delete(struct store_txn *, unsigned table, const struct key *) NODISCARD;
/* The same, and it is fine if nothing was there. */
enum status table_clear(struct store_txn *, unsigned table, const struct key *) NODISCARD;

/* Walks the keys that begin with a prefix, in byte order:
 *     struct walk walk;
 *     walk_begin(&walk, txn, table, &prefix, &from);    from: NULL, or the key to begin at
 *     while (walk_next(&walk)) ... walk.rest, walk.value ...
 *     status = walk_end(&walk);
 * Nothing may be written to the table in between. */
struct walk {
    struct store_txn *txn;
    MDB_cursor *cursor;
    enum status status;
    struct key prefix;
    struct key from;
    bool is_started;
    struct bytes rest, value; /* the key after the prefix; borrowed as in store_get */
};
void walk_begin(struct walk *, struct store_txn *, unsigned table, const struct key *prefix,
                const struct key *from);
bool walk_next(struct walk *);
enum status walk_end(struct walk *) NODISCARD;

/* The same over keys that end in a name, with the walk on the heap, which walk_names_end frees.
 * after: NULL, or only names above it. */
struct walk *walk_names_begin(struct store_txn *, unsigned table, const struct key *prefix,
                              const char *after);
bool walk_names_next(struct walk *, char out[KEY_TEXT_MAX + 1]);
enum status walk_names_end(struct walk *) NODISCARD;

/* Rows of a table, at once. */
uint64_t table_count(struct store_txn *, unsigned table);

#endif
