/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of tags as the store keeps them, for App Mesh and Cloud Map: [{"key","value"}], in byte
 * order of the keys.
 */
#ifndef API_TAG_LIST_H
#define API_TAG_LIST_H

#include "json.h"
#include "status.h"

#define TAGS_MAX 50 /* of one resource: botocore, TagList; Cloud Map documents it */

/* What goes beyond the shape: no key twice, none that starts with aws: (reserved, in any case).
 * tags may be NULL.
 * Errors: `refusal`. */
enum status tag_list_check(const struct cJSON *tags, enum status refusal, struct error *) NODISCARD;

/* Moves tags into others: one of the same key takes its place. */
void tag_list_merge(struct cJSON *tags, struct cJSON *added);

/* Takes those out that have one of the keys, an array of texts. */
void tag_list_remove(struct cJSON *tags, const struct cJSON *keys);

void tag_list_sort(struct cJSON *tags); /* TAGS_MAX at most */

#endif
