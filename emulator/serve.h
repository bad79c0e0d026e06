/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `serve`: the store, the API and its port on one loop, from start to stop.
 */
#ifndef SERVE_H
#define SERVE_H

struct options;

/* Runs until a signal ends it. The exit code: 0 after a clean end, 1 after a failed start (one line
 * on standard error), a signal before it is ready, a second one after, or a store that is lost. */
int serve(const struct options *);

#endif
