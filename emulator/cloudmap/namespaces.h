/* SPDX-License-Identifier: Apache-2.0
 *
 * Namespaces: what names of services are unique in. DNS names are not served; their zones exist in
 * name alone.
 */
#ifndef CLOUDMAP_NAMESPACES_H
#define CLOUDMAP_NAMESPACES_H

#include "invocation.h"

extern const struct effect namespace_create, namespace_update, namespace_delete;

enum status namespace_get(struct invocation *) NODISCARD;
enum status namespace_list(struct invocation *) NODISCARD;

/* Stores a namespace of the input's names, with what only a state document brings: HostedZoneId,
 * HttpName, CreateDate. */
enum status namespace_make(struct invocation *, const char *id, const char *type) NODISCARD;

/* What a state document shows. */
extern const char *const namespace_state[];

#endif
