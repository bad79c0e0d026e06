/* SPDX-License-Identifier: Apache-2.0
 *
 * The 30 actions as rows. Source: botocore servicediscovery 2017-03-14.
 */
#ifndef CLOUDMAP_ACTIONS_H
#define CLOUDMAP_ACTIONS_H

#include "invocation.h"

#define ACTION_COUNT 30

extern const struct action actions[ACTION_COUNT];

const struct action *action_named(const char *name); /* NULL: unknown */

#endif
