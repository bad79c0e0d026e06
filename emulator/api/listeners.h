/* SPDX-License-Identifier: Apache-2.0
 *
 * The listeners of a virtual gateway, node or router, as ports and protocols.
 */
#ifndef API_LISTENERS_H
#define API_LISTENERS_H

#include "place.h"

struct listener {
    int64_t port;
    const char *protocol; /* in the arena */
};

/* All zero is none. In the call's arena. */
struct listeners {
    struct listener *items;
    size_t count;
};

enum status listeners_of_text(struct call *, struct bytes spec, struct listeners *out) NODISCARD;

/* What traffic meets that is sent to a resource with this spec, or of this name: its own listeners,
 * or those of a service's provider. spec may be NULL. */
enum status listeners_met(struct call *, const struct place *, enum kind, const struct cJSON *spec,
                          struct listeners *out) NODISCARD;
enum status listeners_of_target(struct call *, const struct place *, enum kind, const char *name,
                                struct listeners *out) NODISCARD;

bool listeners_equal(const struct listeners *, const struct listeners *);
bool listeners_have_port(const struct listeners *, int64_t port);

/* True if one has the protocol and, unless it is 0, the port. */
bool listeners_fit(const struct listeners *, const char *protocol, int64_t port);

#endif
