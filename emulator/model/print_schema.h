/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of this folder as JSON, for `appmesh-emulator schema`.
 */
#ifndef MODEL_PRINT_SCHEMA_H
#define MODEL_PRINT_SCHEMA_H

struct cJSON;
struct shape;

/* Adds "kinds", "shapes", "rules" and "statuses" to an object:
 *   kinds     [{name, member, nameMember, collection, parent, spec: name of a shape}]
 *   shapes    {name: {type, min, max, enum, pattern, key, element,
 *              members: [{name, shape, required, inert}]}}, each only where it applies
 *   rules     [{name, kinds: [name], says, source}], those of one spec in the order of their checks
 *   statuses  [{name, http}] */
void print_schema(struct cJSON *schema);

/* Adds a shape and those below it to an object of shapes, each once. */
void print_shape(struct cJSON *shapes, const struct shape *);

/* Adds the row of a rule to the list of them; kind_set as in struct rule. */
void print_rule(struct cJSON *list, const char *name, unsigned kind_set, const char *says,
                const char *source);

#endif
