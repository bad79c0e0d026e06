/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict reader in front of cJSON: json_parse without the tree.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "json.h"

/* True if the text is one JSON value as json_parse takes it; else *out says where it is not. */
bool json_scan(struct bytes text, struct json_fault *out);

#endif
