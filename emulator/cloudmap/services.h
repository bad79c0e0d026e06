/* SPDX-License-Identifier: Apache-2.0
 *
 * Services: where instances register, and how their health is known.
 */
#ifndef CLOUDMAP_SERVICES_H
#define CLOUDMAP_SERVICES_H

#include "invocation.h"

extern const struct effect service_update;

enum status service_create(struct invocation *) NODISCARD;
enum status service_get(struct invocation *) NODISCARD;
enum status service_list(struct invocation *) NODISCARD;
enum status service_delete(struct invocation *) NODISCARD;

enum status service_get_attributes(struct invocation *) NODISCARD;
enum status service_update_attributes(struct invocation *) NODISCARD;
enum status service_delete_attributes(struct invocation *) NODISCARD;

/* Whether the input can be a service of call->namespace_row. Errors: ERR_INVALID_INPUT. */
enum status service_check(struct invocation *) NODISCARD;
/* Stores a service of the input's name in call->namespace_row, with what only a state document
 * brings: CreateDate, Attributes. call->service_row is then its row.
 * request: the digest of what asked for it, or NULL. */
enum status service_make(struct invocation *, const char *id, const char *request) NODISCARD;

/* The records of its DnsConfig: an array, or NULL without one. */
const struct cJSON *service_records(const struct cJSON *row);
bool service_has_record(const struct cJSON *row, const char *type);

/* What a state document shows. */
extern const char *const service_state[];

#endif
