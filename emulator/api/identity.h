/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks, by the signature's credential scope. Signatures are read, not verified.
 */
#ifndef API_IDENTITY_H
#define API_IDENTITY_H

#include "arn.h"

struct arena;

/* The account is the access key if that is exactly 12 digits, the region the credential scope's;
 * else, also where the header is absent or unreadable, those of the fallback. */
struct scope identity_scope(struct arena *, const char *authorization,
                            const struct scope *fallback);

#endif
