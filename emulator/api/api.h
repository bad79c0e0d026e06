/* SPDX-License-Identifier: Apache-2.0
 *
 * The App Mesh REST API 2019-01-25: requests in, the service's own answers out, over the store.
 *
 * Threads: the API loop's. Reads are answered at once from the last commit; writes that are ready
 * in the same round of the loop share one commit and are answered after it.
 */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "arn.h"
#include "bytes.h"
#include "status.h"

struct api;
struct arena;
struct cJSON;
struct http_request;
struct http_response;
struct loop;
struct store;
struct store_txn;

struct api_options {
    struct scope scope; /* of a request that does not say */
    bool quotas;
    bool cors;
    void (*store_died)(void *context); /* called once, when all in flight are answered */
    void *context;
};

/* Owns: the store, the loop and the options' strings stay the caller's and must outlive it. */
struct api *api_new(struct loop *, struct store *, const struct api_options *);
void api_free(struct api *); /* no request may be in flight */

/* http_handler and http_refusal of the AWS paths; the context is the struct api. */
void api_dispatch(void *api, struct http_request *);
void api_refuse(void *api, struct arena *, const char *reason, struct http_response *);

/* The last commit, for whoever answers now; it ends with this round or the next, at a write. */
enum status api_reader(struct api *, struct store_txn **out) NODISCARD;

/* A write for the batch of this round: run is called in a transaction that fails alone; done once
 * the batch is committed, with run's outcome or what the commit failed with.
 * Owns: the job stays the caller's until done. */
struct api_job {
    enum status (*run)(void *context, struct store_txn *);
    void (*done)(void *context, enum status);
    void *context;
    bool is_large; /* gets a commit of its own, not nested: many writes are cheaper so */
    enum status status;
    struct api_job *next;
};
void api_submit(struct api *, struct api_job *);

/* One operation by name in a transaction of the caller's, as a request would run it: what a seed
 * file replays. input holds all members, those of path and query too; consumed. */
enum status api_replay(struct api *, struct store_txn *, const struct scope *,
                       const char *operation, struct cJSON *input, struct error *) NODISCARD;

/* Stores one element of a state document, which stands at `path` in it. Parents and what the spec
 * refers to must be there. Members of metadata that are given are kept. */
enum status api_import(struct api *, struct store_txn *, const struct scope *, enum kind,
                       struct cJSON *element, const char *path, struct error *) NODISCARD;

/* Counts a request that was answered elsewhere. operation: a name out of a table, or NULL. */
void api_count(struct api *, const char *operation, enum status, int64_t took_us);

/* Appends the Prometheus lines of requests and commits. */
void api_print_metrics(const struct api *, struct buffer *);

/* All that is known of operations, shapes, rules and statuses. The caller frees it. */
struct cJSON *api_schema(void);

#endif
