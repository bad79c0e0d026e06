/* SPDX-License-Identifier: Apache-2.0
 *
 * Tags of namespaces and services, kept as a state document shows them: [{"key","value"}].
 */
#ifndef CLOUDMAP_LABELS_H
#define CLOUDMAP_LABELS_H

#include "invocation.h"

/* What goes beyond the shape of the input's Tags, if there are any: as for App Mesh, TAGS_MAX at
 * most.
 * Errors: ERR_INVALID_INPUT, ERR_TOO_MANY_TAGS. */
enum status labels_check(struct invocation *) NODISCARD;

/* Stores the input's Tags, if there are any, for what was made now. */
enum status labels_put_new(struct invocation *, const char *id) NODISCARD;

/* Appends kept tags in Cloud Map's words. */
void labels_show(const struct cJSON *labels, struct cJSON *out);

enum status labels_list(struct invocation *) NODISCARD;
enum status labels_add(struct invocation *) NODISCARD;
enum status labels_remove(struct invocation *) NODISCARD;

#endif
