/* SPDX-License-Identifier: Apache-2.0
 *
 * The Describe document: names, metadata and status (the envelope), then the spec.
 * Source: recorded replies of every kind; the order of members is ours.
 */
#ifndef API_DOCUMENT_H
#define API_DOCUMENT_H

#include <stdint.h>

#include "arn.h"
#include "bytes.h"

struct arena;

struct metadata {
    const char *arn, *uid;
    const char *owner;              /* account: of the mesh and of the resource alike */
    int64_t created_ms, updated_ms; /* since 1970 */
    int64_t version;
};

/* Of a resource made now. */
struct metadata metadata_new(struct arena *, const struct scope *, const struct resource_path *);

/* Appends the envelope: a JSON object without its last brace. */
void document_print_envelope(struct buffer *, const struct resource_path *, const struct metadata *,
                             const char *status);

/* Reads the metadata back out of a stored envelope; strings go into the arena. */
struct metadata document_metadata(struct arena *, struct bytes envelope);

/* Envelope and spec as one document, in the arena. */
struct bytes document_join(struct arena *, struct bytes envelope, struct bytes spec);

/* Appends what a List shows of a stored resource: its names and metadata without uid. */
void document_print_reference(struct buffer *, struct bytes envelope);

#endif
