/* SPDX-License-Identifier: Apache-2.0
 *
 * How Cloud Map names things. Source of the forms: recorded replies; awscli's examples.
 */
#ifndef CLOUDMAP_IDS_H
#define CLOUDMAP_IDS_H

#include "invocation.h"

#define NAMESPACE_ID "ns-"
#define SERVICE_ID "srv-"
#define ID_MAX 64

/* The prefix and 16 random characters of base32. */
const char *id_new(struct arena *, const char *prefix);
/* The prefix and up to 61 lower-case letters and digits. */
bool id_is(const char *text, const char *prefix);

/* arn:aws:servicediscovery:<region>:<account>:namespace/ns-... or service/srv-... */
const char *arn_of_id(const struct invocation *, const char *id);
/* The id in an ARN of the caller's own, or the text itself: it may be an id. */
const char *id_of_text(const struct invocation *, const char *text);

/* Z and 20 random letters and digits, as Route 53 names a zone. */
const char *id_hosted_zone(struct arena *);

/* 32 characters of base32 that stand for the bytes. */
const char *id_digest(struct arena *, struct bytes);

/* The digest of what an operation is about, '-', the time in base 36: 8 digits until 2059. */
const char *id_of_operation(struct arena *, const char *about, int64_t when_ms);
/* The two parts of an operation's id changed over, so that time orders them. */
const char *operation_key(struct arena *, const char *id);
const char *operation_key_at(struct arena *, int64_t when_ms);

#endif
