/* SPDX-License-Identifier: Apache-2.0
 *
 * AWS Cloud Map (servicediscovery 2017-03-14) and STS GetCallerIdentity, over the store: POST / on
 * the API's port. Namespaces, services and instances of every account and region.
 *
 * Threads: the API loop's, but for cloudmap_healthy. Reads and writes go the api's way: api_reader,
 * api_submit. Functions that take a transaction leave it to the caller.
 */
#ifndef CLOUDMAP_CLOUDMAP_H
#define CLOUDMAP_CLOUDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "arn.h"
#include "bytes.h"
#include "status.h"

struct api;
struct arena;
struct cJSON;
struct cloudmap;
struct http_request;
struct loop;
struct store;
struct store_txn;

struct cloudmap_options {
    struct scope scope; /* of a request that does not say */
    bool cors;
    int64_t operation_delay_ms; /* operations are PENDING so long */
};

/* Owns: loop, store, api and the options' strings stay the caller's and must outlive it. */
struct cloudmap *cloudmap_new(struct loop *, struct store *, struct api *,
                              const struct cloudmap_options *);
void cloudmap_free(struct cloudmap *);

/* Once at the start: finishes the operations that an earlier run left PENDING. */
enum status cloudmap_recover(struct cloudmap *) NODISCARD;

/* POST /, and GET / that asks for an Action. */
bool cloudmap_takes(const struct http_request *);
void cloudmap_dispatch(struct cloudmap *, struct http_request *);

/* One action by name in a transaction of the caller's, with its effect at once: what a seed file
 * replays. Since ids are not known before, a namespace may also be given by its name and a service
 * as namespace/service. input is consumed.
 * Errors: the action's; ERR_INVALID_INPUT for an operation that comes to FAIL. */
enum status cloudmap_replay(struct store *, struct store_txn *, const struct scope *,
                            const char *action, struct cJSON *input, struct error *) NODISCARD;

/* ---- state documents: {"namespaces":[...],"services":[...],"instances":[...]} ---- */

/* Appends the object of a scope, by its number in the store. */
enum status cloudmap_print(struct store_txn *, uint64_t scope_id, struct buffer *) NODISCARD;
/* Appends ,"<arn>":[{"key","value"}] for each tagged one; the first comma only after others. */
enum status cloudmap_print_tags(struct store_txn *, const struct scope *, uint64_t scope_id,
                                bool is_first, struct buffer *) NODISCARD;
/* Stores the object that stands at `path`; NULL is fine. */
enum status cloudmap_import(struct store *, struct store_txn *, const struct scope *,
                            const struct cJSON *object, const char *path, struct error *) NODISCARD;
/* Whether the ARN is of Cloud Map; stores tags as they are printed. */
bool cloudmap_has_arn(const char *arn);
enum status cloudmap_import_tags(struct store *, struct store_txn *, const struct scope *,
                                 const char *arn, const struct cJSON *tags,
                                 struct error *) NODISCARD;

/* How many there are over all accounts. */
struct cloudmap_counts {
    uint64_t namespaces, services, instances;
};
struct cloudmap_counts cloudmap_count(struct store_txn *);

/* ---- for App Mesh ---- */

/* Appends to an array the instances of namespace and service that App Mesh sends traffic to, in the
 * order of their ids: objects with "Id" and "Attributes". UNHEALTHY ones are left out; a service
 * that is not there has none. In any thread. */
enum status cloudmap_healthy(struct store_txn *, struct arena *, const struct scope *,
                             const char *namespace_name, const char *service_name,
                             struct cJSON *out) NODISCARD;

/* Adds "cloudMap" to the schema: {"apiVersion", "operations": [{name, access, input: name of a
 * shape, operation: what it makes}], "shapes": as for print_schema}. */
void cloudmap_describe(struct cJSON *schema);

#endif
