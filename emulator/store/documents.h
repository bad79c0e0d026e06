/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts under a parent's number and a name, in byte order of both: what Cloud Map keeps, and the
 * issuer of certificates. The parent is the number of a scope (store_scope), or 0 for what belongs
 * to none.
 *
 * A name is at most 255 bytes and holds no NUL. A longer one is never there: it may be asked for,
 * not stored.
 */
#ifndef STORE_DOCUMENTS_H
#define STORE_DOCUMENTS_H

#include "store.h"

enum document {
    DOCUMENT_NAMESPACE,         /* by id */
    DOCUMENT_SERVICE,           /* by id */
    DOCUMENT_INSTANCE,          /* by id of the service, '/', id */
    DOCUMENT_OPERATION,         /* by time and id */
    DOCUMENT_PENDING,           /* operations that are still to have their effect */
    DOCUMENT_INDEX,             /* names, hashed where they may be long -> id */
    DOCUMENT_TAGS,              /* by id of a namespace or service */
    DOCUMENT_CERTIFICATE_USER,  /* by hash of the ARN, '/', id of the resource */
    DOCUMENT_CERTIFICATE_STALE, /* by hash of an ARN whose users have changed */
    DOCUMENT_CERTIFICATE,       /* by hash of the ARN, and the authority's; outlives a reset */
    DOCUMENT_COUNT
};

/* Borrowed as in store_get. ERR_NOT_FOUND. */
enum status store_document(struct store_txn *, enum document, uint64_t parent, const char *name,
                           struct bytes *out) NODISCARD;
/* Makes or replaces. The value is copied; it must not be borrowed from the store. */
enum status store_document_put(struct store_txn *, enum document, uint64_t parent, const char *name,
                               struct bytes value) NODISCARD;
/* It is fine if nothing was there. */
enum status store_document_delete(struct store_txn *, enum document, uint64_t parent,
                                  const char *name) NODISCARD;

/* Those whose names begin with a prefix:
 *     struct document_scan scan;
 *     document_scan_begin(&scan, txn, document, parent, prefix, after);
 *     while (document_scan_next(&scan)) ... scan.name, scan.value ...
 *     return document_scan_end(&scan);
 * after: NULL, or only names above it. Names are shown without the prefix. Nothing may be written
 * to the table before document_scan_end. */
struct document_scan {
    char name[256];
    struct bytes value;
    struct walk *walk;
};
void document_scan_begin(struct document_scan *, struct store_txn *, enum document, uint64_t parent,
                         const char *prefix, const char *after);
bool document_scan_next(struct document_scan *);
enum status document_scan_end(struct document_scan *) NODISCARD;

/* True if the parent has one. A failure, logged, counts as one. */
bool store_has_documents(struct store_txn *, enum document, uint64_t parent);
/* Over all parents, at once. */
uint64_t store_count_documents(struct store_txn *, enum document);

/* A number that was never given before, greater than all that were. */
uint64_t store_next_number(struct store_txn *);

#endif
