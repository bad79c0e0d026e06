/* SPDX-License-Identifier: Apache-2.0
 *
 * The resources of every account and region, on disk: the only user of LMDB.
 *
 * A resource is a row of its kind's table under its parent's id and its name, so a list is a prefix
 * scan and "still has children" a look at one key. The value is the Describe document as compact
 * JSON, in two parts that the caller divides: the envelope (all but the spec) and the spec.
 *
 * Threads: one writer (the API loop) and any number of readers; a transaction stays in its thread.
 * Errors:  functions answer OK, ERR_NOT_FOUND where they say so, ERR_UNAVAILABLE for a full or
 *          failing disk or map (already logged, in LMDB's words), ERR_INTERNAL for the rest.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "arn.h"
#include "bytes.h"
#include "kind.h"
#include "status.h"

struct store;
struct store_txn;

enum store_durability { STORE_POWER, STORE_PROCESS };

struct store_options {
    const char *directory; /* created 0700 if need be; with is_memory the parent of a private one */
    bool is_memory;        /* unlinked once open, never synced */
    enum store_durability durability;
    uint64_t map_size;
};

/* Locks the directory and opens or makes the store. NULL with one line for people in *out_reason
 * (static or in the arena) that says what to do. */
struct store *store_open(const struct store_options *, struct arena *, const char **out_reason);
void store_close(struct store *); /* syncs, gives the lock back */

/* True once LMDB gave the environment up (a meta page could not be written) or it could not be had
 * anew after a large batch: every call fails from then on and the process must end. */
bool store_is_dead(const struct store *);

/* ---- transactions ---- */

enum access { READ, WRITE };

/* READ: a snapshot of the last commit. Each thread has its own *reader, NULL at first, which is
 * kept and renewed, so that this costs no allocation; free it before store_close. WRITE: the batch;
 * at most one at a time. After a large one, when no reader is active, LMDB's memory is given back,
 * which readers that begin meanwhile wait for (a millisecond). */
enum status store_read(struct store *, struct store_txn **reader) NODISCARD;
void store_read_end(struct store_txn *reader); /* the snapshot goes, the reader stays */
void store_reader_free(struct store_txn *reader);

enum status store_begin(struct store *, struct store_txn **out) NODISCARD;
/* Commits if outcome is OK, else aborts. Answers outcome, or what the commit failed with. */
enum status store_end(struct store_txn *, enum status outcome) NODISCARD;

/* One write of a batch: what it did vanishes unless its outcome is OK. */
enum status store_child_begin(struct store_txn *batch, struct store_txn **out) NODISCARD;
enum status store_child_end(struct store_txn *child, enum status outcome) NODISCARD;

/* ---- resources ---- */

struct store_row {
    uint64_t id;
    struct bytes document; /* the whole Describe document */
    struct bytes envelope; /* its first part, all but the spec and the last brace */
    struct bytes spec;     /* the spec's own text inside it */
};

/* The parent id of a scope's meshes. Account and region are at most 255 bytes, as names are.
 * ERR_NOT_FOUND if nothing was ever stored there; with store_scope_make it is made. */
enum status store_scope(struct store_txn *, const struct scope *, uint64_t *out) NODISCARD;
enum status store_scope_make(struct store_txn *, const struct scope *, uint64_t *out) NODISCARD;

/* Reads one row. Borrowed until the next write in this transaction or its end. ERR_NOT_FOUND. */
enum status store_get(struct store_txn *, enum kind, uint64_t parent, const char *name,
                      struct store_row *out) NODISCARD;

/* Makes a row with a new id if id is 0 (ERR_CONFLICT if the name is taken), else replaces the row
 * that has that id. envelope is written as it is, then `,"spec":`, spec and `}`. The bytes are
 * copied; they must not be borrowed from the store. */
enum status store_put(struct store_txn *, enum kind, uint64_t parent, const char *name, uint64_t id,
                      struct bytes envelope, struct bytes spec, uint64_t *out_id) NODISCARD;

/* Removes the row with its tags and tokens; its references and children are the caller's to remove
 * first. ERR_NOT_FOUND. */
enum status store_delete(struct store_txn *, enum kind, uint64_t parent,
                         const char *name) NODISCARD;

/* Where a row hangs: the names up to its mesh (in the arena) and its scope. ERR_NOT_FOUND. */
enum status store_locate(struct store_txn *, uint64_t id, struct arena *, struct scope *out_scope,
                         struct resource_path *out, uint64_t *out_parent) NODISCARD;

/* The rows of a kind under a parent in ascending byte order of the name:
 *     struct store_scan scan;
 *     store_scan_begin(&scan, txn, kind, parent, after);     after: NULL, or names above it only
 *     while (store_scan_next(&scan)) ... scan.name, scan.row ...
 *     return store_scan_end(&scan);
 * Nothing may be written to the kind's rows before store_scan_end.
 * The scan remembers its failure; store_scan_end answers it. scan.name is NUL-terminated, ours
 * until the next call; the row is borrowed as in store_get. */
struct store_scan {
    char name[256];
    struct store_row row;
    struct walk *walk; /* where it stands */
};
void store_scan_begin(struct store_scan *, struct store_txn *, enum kind, uint64_t parent,
                      const char *after);
bool store_scan_next(struct store_scan *);
enum status store_scan_end(struct store_scan *) NODISCARD;

/* True if a row of the kind hangs under the parent. A failure, logged, counts as one, so that
 * nothing loses its parent. */
bool store_has_children(struct store_txn *, enum kind, uint64_t parent);
/* Counts them, but no further than limit; a failure, logged, counts as limit. */
uint64_t store_count_children(struct store_txn *, enum kind, uint64_t parent, uint64_t limit);
/* Rows of a kind over all accounts, at once. */
uint64_t store_count(struct store_txn *, enum kind);

/* Every scope with a mesh or a namespace, in byte order of account and region. */
typedef enum status store_scope_visitor(void *context, const struct scope *, uint64_t id);
enum status store_scopes(struct store_txn *, store_scope_visitor *, void *context) NODISCARD;

/* ---- references: who names whom, the reverse of what specs say; all within one mesh ---- */

enum status store_reference_add(struct store_txn *, uint64_t mesh, enum kind target,
                                const char *target_name, enum kind source,
                                uint64_t source_id) NODISCARD;
enum status store_reference_remove(struct store_txn *, uint64_t mesh, enum kind target,
                                   const char *target_name, enum kind source,
                                   uint64_t source_id) NODISCARD;
/* The ids of the kind's resources that name the target, the first `most` of them, ascending, into
 * the arena. *out is NULL and *out_count 0 if there are none. */
enum status store_referrers(struct store_txn *, uint64_t mesh, enum kind target,
                            const char *target_name, enum kind source, size_t most, struct arena *,
                            uint64_t **out, size_t *out_count) NODISCARD;

/* ---- small things that go with a resource, or with a name ---- */

/* Tags: a JSON list as text. Absent is empty bytes. */
enum status store_tags(struct store_txn *, uint64_t id, struct bytes *out) NODISCARD;
enum status store_tags_put(struct store_txn *, uint64_t id, struct bytes) NODISCARD;

/* Client tokens of a resource, a form of the caller's. Absent is empty bytes. */
enum status store_tokens(struct store_txn *, uint64_t id, struct bytes *out) NODISCARD;
enum status store_tokens_put(struct store_txn *, uint64_t id, struct bytes) NODISCARD;

/* The time at which a backend first named a virtual service that does not exist yet, wall ms.
 * ERR_NOT_FOUND. (Recorded: the service is then created at version 2.) */
enum status store_hidden(struct store_txn *, uint64_t mesh, const char *name,
                         int64_t *out) NODISCARD;
enum status store_hidden_put(struct store_txn *, uint64_t mesh, const char *name,
                             int64_t when) NODISCARD;
enum status store_hidden_delete(struct store_txn *, uint64_t mesh, const char *name) NODISCARD;

/* ---- changes: what each commit changed, for one listener ---- */

#define STORE_CHANGES_MAX 65536

struct store_change {
    struct scope scope;
    struct resource_path path;            /* KIND_NONE: one of these instead */
    const char *namespace_name, *service; /* the instances of a Cloud Map service */
    const char *certificate; /* what was issued for this ARN, in whatever scope it is named */
};

/* Strings are in the arena. is_all: anything may have changed, and items say nothing. */
struct store_changes {
    bool is_all;
    struct store_change *items;
    size_t count, capacity;
    struct arena arena;
    struct store_changes *next; /* the listener's */
};
void store_changes_free(struct store_changes *);

/* Called by store_end in the writer's thread, after the commit; the changes are the listener's. */
typedef void store_listener(void *context, struct store_changes *);
void store_listen(struct store *, store_listener *, void *context); /* NULL: nobody */

/* Rows that this layer does not know by their names report themselves. */
void store_note_instances(struct store_txn *, const struct scope *, const char *namespace_name,
                          const char *service);
void store_note_certificate(struct store_txn *, const char *arn);

/* A random key that outlives every reset, made with the store: 32 bytes. */
struct bytes store_secret(const struct store *);

/* Removes every resource of every account, with all that goes with them but the certificates that
 * were issued for them. */
enum status store_reset(struct store_txn *) NODISCARD;

#endif
