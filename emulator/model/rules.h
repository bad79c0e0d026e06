/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shape cannot say about one resource by itself: "a listener needs serviceDiscovery". Rules
 * that need other resources are in api/. Rules run in order once the shape holds; the first that
 * fails answers alone.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stddef.h>

#include "kind.h"
#include "status.h"

struct cJSON;

/* What a rule is held against: the spec, each of its listeners, or its one route. */
enum rule_subject { SUBJECT_SPEC, SUBJECT_LISTENER, SUBJECT_ROUTE };

struct rule_input {
    enum kind kind;
    const struct cJSON *subject;
    struct error *error;
};
typedef enum status rule_check(const struct rule_input *);

struct rule {
    const char *name; /* of the rule, in the printed schema */
    unsigned kinds;   /* bit set: 1u << KIND_... */
    enum rule_subject subject;
    rule_check *check;
    const char *says;   /* one sentence for people */
    const char *source; /* where it comes from: recorded, documented, or our choice */
};
extern const struct rule rules[];
extern const size_t rule_count;

/* All rules of the kind over a spec whose shape holds. */
enum status rules_check(enum kind, const struct cJSON *spec, struct error *) NODISCARD;

/* The bound on names beyond the model, for all kinds and references: 1..255 printable ASCII
 * characters (0x21-0x7E) without '/'. */
enum status rules_check_name(const char *path, const char *name, struct error *) NODISCARD;

/* The three things that are added to a spec that holds: spec {} (by the caller), backends [] of a
 * virtual node, healthCheck.port of a listener. */
void rules_fill(enum kind, struct cJSON *spec);

#endif
