/* SPDX-License-Identifier: Apache-2.0
 *
 * Page tokens: the last key of a page, sealed: base64url of the key and a truncated HMAC under the
 * store's secret over the place of the list (who asks, which operation, of what). So a token
 * belongs to its list, outlives deletes and restarts, and cannot be made up.
 */
#ifndef API_SEAL_H
#define API_SEAL_H

#include "arena.h"
#include "store.h"

/* Appends the token. */
void seal_key(const struct store *, const char *place, const char *key, struct buffer *out);

/* The key inside a token, in the arena, or NULL if we did not make it for this list. */
const char *unseal_key(const struct store *, struct arena *, const char *place, const char *token);

#endif
