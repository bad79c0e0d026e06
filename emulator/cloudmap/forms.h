/* SPDX-License-Identifier: Apache-2.0
 *
 * The regular expressions of Cloud Map's model, each as printed text and a matcher written by hand.
 * They match as Python's re.fullmatch does on the text.
 */
#ifndef CLOUDMAP_FORMS_H
#define CLOUDMAP_FORMS_H

#include "shape.h"

extern const struct pattern http_namespace_pattern, private_namespace_pattern,
    public_namespace_pattern, namespace_pattern, service_pattern, instance_pattern,
    instance_value_pattern;

#endif
