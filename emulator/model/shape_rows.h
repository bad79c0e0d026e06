/* SPDX-License-Identifier: Apache-2.0
 *
 * How a table of shapes is written: one macro a form, for the files that hold such tables alone.
 */
#ifndef MODEL_SHAPE_ROWS_H
#define MODEL_SHAPE_ROWS_H

#include "bytes.h"
#include "shape.h"

/* clang-format off */
#define MUST(name_, shape_)            {.name = (name_), .shape = &(shape_), .is_required = true}
#define MAY(name_, shape_)             {.name = (name_), .shape = &(shape_)}
#define INERT_MUST(name_, shape_, why) {.name = (name_), .shape = &(shape_), .is_required = true, .inert = (why)}
#define INERT_MAY(name_, shape_, why)  {.name = (name_), .shape = &(shape_), .inert = (why)}

#define OF(name_, type_)  .name = (name_), .type = (type_)
#define BOUNDS(low, high) .has_bounds = true, .min = (low), .max = (high)
#define NO_MAX            SHAPE_UNBOUNDED
#define MEMBERS(...)                                                                               \
    .members = (const struct member[]){__VA_ARGS__},                                               \
    .member_count = COUNT(((const struct member[]){__VA_ARGS__}))

#define STRUCT(name_, ...)            {OF(name_, SHAPE_STRUCT), MEMBERS(__VA_ARGS__)}
#define UNION(name_, ...)             {OF(name_, SHAPE_UNION), MEMBERS(__VA_ARGS__)}
#define LIST(name_, of)               {OF(name_, SHAPE_LIST), .element = &(of)}
#define LIST_OF(name_, low, high, of) {OF(name_, SHAPE_LIST), .element = &(of), BOUNDS(low, high)}
#define STRING(name_)                 {OF(name_, SHAPE_STRING)}
#define STRING_OF(name_, low, high)   {OF(name_, SHAPE_STRING), BOUNDS(low, high)}
#define PATTERN(name_, low, high, p)  {OF(name_, SHAPE_STRING), BOUNDS(low, high), .pattern = &(p)}
#define ENUM(name_, ...)              {OF(name_, SHAPE_STRING), .values = (const char *const[]){__VA_ARGS__, NULL}}
#define INTEGER(name_)                {OF(name_, SHAPE_INTEGER)}
#define INTEGER_OF(name_, low, high)  {OF(name_, SHAPE_INTEGER), BOUNDS(low, high)}
#define MAP(name_, key_, of)            {OF(name_, SHAPE_MAP), .key = &(key_), .element = &(of)}
#define MAP_OF(name_, low, high, key_, of)                                                         \
    {OF(name_, SHAPE_MAP), .key = &(key_), .element = &(of), BOUNDS(low, high)}
/* clang-format on */

#endif
