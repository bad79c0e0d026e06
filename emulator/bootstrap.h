/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `bootstrap`: what an Envoy needs to find this server, on standard output.
 * Source: the bootstrap that AWS's agent wrote, with envoy_grpc in place of google_grpc.
 */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

struct options;

/* The exit code: 2 with one line on standard error for a node or a mode that cannot be. */
int bootstrap(const struct options *);

#endif
