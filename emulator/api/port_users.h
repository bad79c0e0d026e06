/* SPDX-License-Identifier: Apache-2.0
 *
 * Who relies on the ports of a virtual gateway, node or router: routes and gateway routes by their
 * match, and those that send traffic to it by their targets.
 */
#ifndef API_PORT_USERS_H
#define API_PORT_USERS_H

#include "place.h"

struct port_user {
    const char *name;     /* of the route or gateway route, in the arena */
    const char *protocol; /* that its type needs; NULL for a target's user */
    int64_t port;         /* 0: names none */
};

/* All zero is none. In the call's arena. */
struct port_users {
    struct port_user *items;
    size_t count, capacity;
};

/* What a route's or gateway route's match asks for; the name is left NULL. */
struct port_user port_user_of_route(const struct cJSON *spec);

/* Routes of the router, or gateway routes of the gateway, with this id. */
enum status port_users_of_children(struct call *, uint64_t id, struct port_users *out) NODISCARD;

/* Routes that target the call's node, gateway routes whose service it provides or is. One that
 * names it several times, as often. */
enum status port_users_of_target(struct call *, const struct place *,
                                 struct port_users *out) NODISCARD;

#endif
