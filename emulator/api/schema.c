/* SPDX-License-Identifier: Apache-2.0 */
#include "api.h"
#include "json.h"
#include "operations.h"
#include "ports.h"
#include "print_schema.h"
#include "shape.h"

static void add_member(struct cJSON *list, const char *location, const char *name,
                       const struct shape *shape, bool is_required)
{
    struct cJSON *row = json_new_object();
    json_add_string(row, "name", name);
    json_add_string(row, "location", location);
    json_add_string(row, "shape", shape->name);
    json_add_boolean(row, "required", is_required);
    json_append(list, row);
}

static void add_path_members(struct cJSON *list, const char *path)
{
    for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
        enum kind kind = operation_path_kind((struct bytes){at + 1, strcspn(at + 1, "}")});
        add_member(list, "path", kinds[kind].name_member, operation_name_shape(kind), true);
    }
}

static struct cJSON *operation_row(const struct operation *op)
{
    struct cJSON *row = json_new_object();
    json_add_string(row, "name", op->name);
    json_add_string(row, "method", op->method);
    json_add_string(row, "path", op->path);
    json_add_string(row, "access", op->access == WRITE ? "write" : "read");
    struct cJSON *members = json_add_array(row, "members");
    add_path_members(members, op->path);
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (op->parameters[i])
            add_member(members, "query", parameter_names[i], op->parameters[i],
                       i == PARAMETER_RESOURCE_ARN);
    for (size_t i = 0; op->body && i < op->body->member_count; i++)
        add_member(members, "body", op->body->members[i].name, op->body->members[i].shape,
                   op->body->members[i].is_required);
    return row;
}

#define EVERY ((1u << KIND_COUNT) - 1)
#define SOME(kind) (1u << KIND_##kind)

/* What holds of requests, whatever their spec says. */
/* clang-format off */
static const struct {
    const char *name;
    unsigned kinds;
    const char *says, *source;
} request_rules[] = {
    {"client-token", EVERY,
     "A clientToken is 1 to 36 letters, digits, '-' and '_'.",
     "documented; the text is ours"},
    {"tag-keys", EVERY,
     "A tag key does not start with aws:, in any case, and comes once in a request.",
     "our choice: the prefix is reserved in all of AWS"},
    {"mesh-owner", EVERY,
     "A meshOwner is the caller's own account (403).",
     "our choice: the service shared meshes between accounts"},
    {"reference-exists", SOME(ROUTE) | SOME(VIRTUAL_SERVICE) | SOME(GATEWAY_ROUTE),
     "What a spec names is there (404); the backends of a virtual node may come later.",
     "recorded: app-mesh-tutorial#1 and aws-cli example create-virtual-node; other kinds by analogy"},
    {"in-use", EVERY & ~(SOME(ROUTE) | SOME(GATEWAY_ROUTE)),
     "What has children, or is named by a provider, a weighted target or a gateway route, is not deleted (409).",
     "recorded: terraform-provider-aws#11249 and #38444, gloo-mesh#431, aws-nuke#913; other kinds by analogy"},
};
/* clang-format on */

static void add_request_rules(struct cJSON *rules)
{
    for (size_t i = 0; i < COUNT(request_rules); i++)
        print_rule(rules, request_rules[i].name, request_rules[i].kinds, request_rules[i].says,
                   request_rules[i].source);
}

static void add_ports_rules(struct cJSON *rules)
{
    for (const struct ports_rule *rule = ports_rules; rule < ports_rules + ports_rule_count; rule++)
        print_rule(rules, rule->name, rule->kinds, rule->says, rule->source);
}

struct cJSON *api_schema(void)
{
    struct cJSON *schema = json_new_object();
    json_add_string(schema, "apiVersion", "2019-01-25");
    struct cJSON *list = json_add_array(schema, "operations");
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        json_append(list, operation_row(&operations[i]));
    print_schema(schema);
    add_request_rules(json_member(schema, "rules"));
    add_ports_rules(json_member(schema, "rules"));
    return schema;
}
