/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances by the names of their namespace and service.
 */
#ifndef CLOUDMAP_DISCOVER_H
#define CLOUDMAP_DISCOVER_H

#include "invocation.h"

enum status discover_instances(struct invocation *) NODISCARD;
enum status discover_revision(struct invocation *) NODISCARD;

#endif
