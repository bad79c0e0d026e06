/* SPDX-License-Identifier: Apache-2.0
 *
 * The regular expressions of the model, each as printed text and a matcher written by hand. They
 * match as Python's re.fullmatch does on the text.
 */
#ifndef MODEL_PATTERNS_H
#define MODEL_PATTERNS_H

#include "shape.h"

extern const struct pattern attribute_key_pattern, attribute_value_pattern;

#endif
