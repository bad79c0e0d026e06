/* SPDX-License-Identifier: Apache-2.0
 *
 * The state document: all resources of all accounts as one JSON object.
 *     {"format":1,"accounts":{"<account>":{"<region>":{"meshes":[...],...,"tags":{"<arn>":[...]},
 *      "cloudMap":{"namespaces":[...],"services":[...],"instances":[...]}}}}}
 * Elements are Describe documents. What can be derived (hidden virtual services) or is of no use
 * elsewhere (client tokens) is left out.
 */
#ifndef CONTROL_STATE_H
#define CONTROL_STATE_H

#include "bytes.h"
#include "status.h"

struct cJSON;
struct control;
struct store_txn;

#define STATE_FORMAT 1

/* Appends the document. */
enum status state_print(struct store_txn *, struct buffer *out) NODISCARD;

/* Puts what the document, which loses its null members, holds in the place of everything. On
 * failure the transaction must be aborted. Errors: the API's, with a path from `accounts.` on. */
enum status state_replace(struct control *, struct store_txn *, struct cJSON *document,
                          struct error *) NODISCARD;

#endif
