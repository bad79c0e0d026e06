/* SPDX-License-Identifier: Apache-2.0
 *
 * Which resources of its mesh a spec names. One table of paths.
 */
#ifndef MODEL_REFERENCES_H
#define MODEL_REFERENCES_H

#include <stdint.h>

#include "kind.h"

struct cJSON;

struct reference {
    enum kind kind;   /* of what is named */
    const char *name; /* borrowed from the spec */
    int64_t port;     /* that the reference names there; 0 none */
    const char *path; /* of the name, list indices left out: spec.provider.virtualNode... */
};

typedef void reference_visitor(void *context, const struct reference *);

/* Calls once per reference of a spec whose shape holds; those in one list in its order. The same
 * name may come more than once. */
void references_walk(enum kind, const struct cJSON *spec, reference_visitor *, void *context);

#endif
