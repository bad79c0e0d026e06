/* SPDX-License-Identifier: Apache-2.0
 *
 * Tags: three operations, and the list that a create may bring. Kept in byte order of their keys.
 */
#ifndef API_TAGS_H
#define API_TAGS_H

#include "call.h"

/* Of a TagResource that names a resource, before the body's shape: it has its own error for a list
 * that is too long (botocore: TooManyTagsException). */
enum status tags_check_count(struct call *) NODISCARD;

/* Stores the tags that a resource is made with; they are sorted in place. NULL or empty: none. */
enum status tags_put_new(struct call *, uint64_t id, struct cJSON *tags) NODISCARD;

enum status tags_list(struct call *) NODISCARD;
enum status tags_add(struct call *) NODISCARD;
enum status tags_remove(struct call *) NODISCARD;

#endif
