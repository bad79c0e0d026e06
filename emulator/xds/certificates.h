/* SPDX-License-Identifier: Apache-2.0
 *
 * ACM material that the user maps: PEM files by the ARN that stands for them in a mesh.
 *
 * Lifetime: texts live as long as the table.
 */
#ifndef XDS_CERTIFICATES_H
#define XDS_CERTIFICATES_H

#include "translate/translate.h"

struct certificates;

/* Reads the files of ARN=CHAIN,KEY and ARN=PEM, which have that form; lists end in NULL, or are
 * NULL for none.
 * Errors: NULL with one line in *out_reason (in the arena). */
struct certificates *certificates_load(const char *const *certificates,
                                       const char *const *authorities, struct arena *,
                                       const char **out_reason);
void certificates_free(struct certificates *);

/* False if the ARN is not mapped. */
bool certificates_find(const struct certificates *, const char *arn, struct certificate *out);

/* The authority of that ARN; for a certificate's, its own chain, which holds who issued it. NULL if
 * the ARN is not mapped. */
const char *certificates_authority(const struct certificates *, const char *arn);

#endif
