/* SPDX-License-Identifier: Apache-2.0
 *
 * Namespaces, services, instances as the store has them: JSON objects with what Get shows of them
 * and what only we need to know, and the index that finds them by name.
 *
 * What is not shown: of a namespace Vpc, Operation (that made it) and Request (digest of what asked
 * for it); of a service Request, Revision and Attributes; of an instance ServiceId, HealthStatus,
 * Operation and Request.
 */
#ifndef CLOUDMAP_ROWS_H
#define CLOUDMAP_ROWS_H

#include "invocation.h"

/* ERR_NOT_FOUND. The tree is the invocation's. */
enum status row_load(struct invocation *, enum document, const char *name,
                     struct cJSON **out) NODISCARD;
enum status row_save(struct invocation *, enum document, const char *name,
                     const struct cJSON *row) NODISCARD;
enum status row_drop(struct invocation *, enum document, const char *name) NODISCARD;

/* What the store's text says; it was checked when it came in. The caller frees it. */
struct cJSON *row_parse(struct bytes text);

/* Puts a member in the place of what was there under its name. text NULL: none. */
void row_set_text(struct cJSON *row, const char *name, const char *text);
void row_set_number(struct cJSON *row, const char *name, double value);
void row_set(struct cJSON *row, const char *name, struct cJSON *value);
void row_set_copy(struct cJSON *row, const char *name, const struct cJSON *value); /* NULL: none */
void row_add(struct cJSON *row, const char *name, int64_t more); /* to an integer */

/* A copy of the members named (NULL-terminated), in that order, of those that are there. */
struct cJSON *row_view(const struct cJSON *row, const char *const *members);

/* "a.b.c": a text below objects. NULL if there is none. */
const char *row_text(const struct cJSON *row, const char *path);

/* What stands on `found` when nothing does: its own error and words. */
enum status namespace_find(struct invocation *, const char *id, struct cJSON **out) NODISCARD;
enum status service_find(struct invocation *, const char *id, struct cJSON **out) NODISCARD;
/* The service that a member of the input names, and its namespace: the call's rows and target. */
enum status service_find_whole(struct invocation *, const char *member) NODISCARD;
enum status instance_find(struct invocation *, const char *service, const char *id,
                          struct cJSON **out) NODISCARD;
const char *instance_name(struct arena *, const char *service, const char *id);

/* True if the row was made by this very request: the same CreatorRequestId or UpdaterRequestId, and
 * input. */
bool row_is_of_request(const struct invocation *, const struct cJSON *row);

/* ---- the index: names -> ids ---- */

#define INDEX_NAMESPACE "namespace" /* type, VPC, name */
#define INDEX_HTTP_NAME "http"      /* HttpName */
#define INDEX_SERVICE "service"     /* id of the namespace, name */

/* ERR_NOT_FOUND. The id is in the arena; the tree of what has the id is the invocation's. */
enum status index_find(struct invocation *, const char *index, const char *text,
                       const char **out_id) NODISCARD;
enum status index_load(struct invocation *, const char *index, const char *text, enum document,
                       struct cJSON **out) NODISCARD;
enum status index_put(struct invocation *, const char *index, const char *text,
                      const char *id) NODISCARD;
enum status index_drop(struct invocation *, const char *index, const char *text) NODISCARD;

/* The texts that stand for a namespace, by its row or what it is made of, and a service there.
 * Where DNS serves the namespace the case of a service's name does not count (botocore:
 * CreateServiceRequest$Name). */
const char *namespace_index_text(struct arena *, const char *type, const struct cJSON *row);
const char *service_index_text(struct arena *, const struct cJSON *namespace_row, const char *name);

#endif
