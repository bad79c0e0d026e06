/* SPDX-License-Identifier: Apache-2.0
 *
 * clientToken: the same request sent twice has one effect. A resource keeps the token it was made
 * with and the last eight it was updated with, each with a hash of operation and input; they go
 * with it. Source: botocore's documentation of clientToken; the number kept is our choice.
 */
#ifndef API_TOKENS_H
#define API_TOKENS_H

#include "call.h"

/* Takes the token out of the call's input into call->token.
 * Errors: ERR_BAD_REQUEST for another form than 1..36 letters, digits, '-' and '_'. */
enum status tokens_take(struct call *) NODISCARD;

/* Whether the call has run before on the resource.
 * Errors: ERR_CONFLICT if its token came with another input. */
enum status tokens_check(struct call *, uint64_t id, bool *out_is_replay) NODISCARD;

/* Remembers the call's token, if it has one. */
enum status tokens_remember(struct call *, uint64_t id, bool is_create) NODISCARD;

#endif
