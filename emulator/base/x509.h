/* SPDX-License-Identifier: Apache-2.0
 *
 * An authority of our own and what it issues, by OpenSSL, which the first call initialises: EC
 * P-256, ten years.
 *
 * Lifetime: texts are in the arena.
 * Errors:   false if OpenSSL fails or the authority cannot be read; *out is untouched then.
 */
#ifndef BASE_X509_H
#define BASE_X509_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* PEM texts. */
struct certificate {
    const char *chain, *key;
};

bool x509_make_authority(struct arena *, struct certificate *out);

/* A certificate for these DNS names, which may be none; its chain ends with the authority's. Names
 * that no DNS has are left out: those that are empty, not all printable ASCII, or over 253
 * characters (RFC 1035). */
bool x509_issue(struct arena *, const struct certificate *authority, const char *const *names,
                size_t count, struct certificate *out);

#endif
