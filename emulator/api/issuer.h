/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in for AWS Certificate Manager: an authority of the store's own behind all ARNs of
 * authorities, and a certificate by it behind each ARN of a certificate that a listener names.
 * A certificate's names are those by which its users are verified: it is issued anew when they
 * change, and stays as it is while they do not, also across a reset.
 *
 * Keys never leave the store but for the proxies that serve them.
 */
#ifndef API_ISSUER_H
#define API_ISSUER_H

#include <stdint.h>

#include "status.h"
#include "x509.h"

struct arena;
struct call;
struct cJSON;
struct store_txn;

/* Notes what row `id`, a virtual node or gateway, names from now on; either spec may be NULL. */
enum status issuer_change(struct call *, uint64_t id, const struct cJSON *old_spec,
                          const struct cJSON *new_spec) NODISCARD;

/* Issues what the changes noted in this transaction ask for: once, before it is committed. */
enum status issuer_issue(struct store_txn *) NODISCARD;

/* What was issued for the ARN of a certificate, or, for NULL, the authority itself. In the arena.
 * Threads: any. Errors: ERR_NOT_FOUND if nothing was. */
enum status issuer_find(struct store_txn *, struct arena *, const char *arn,
                        struct certificate *out) NODISCARD;

#endif
