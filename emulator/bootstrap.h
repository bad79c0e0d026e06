/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `bootstrap`: what an Envoy needs to find this server.
 * Source: the bootstrap that AWS's agent wrote, with envoy_grpc in place of google_grpc.
 */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include <stdbool.h>

struct arena;
struct buffer;
struct options;

/* Appends the JSON text. False with one line in *out_reason (static or in the arena) for a node or
 * a mode that cannot be. */
bool bootstrap(const struct options *, struct arena *, struct buffer *out, const char **out_reason);

#endif
