/* SPDX-License-Identifier: Apache-2.0 */
#include "print_schema.h"

#include "json.h"
#include "rules.h"
#include "shapes.h"
#include "status.h"

static const char *const type_names[] = {
    [SHAPE_STRING] = "string", [SHAPE_INTEGER] = "integer",  [SHAPE_BOOLEAN] = "boolean",
    [SHAPE_LIST] = "list",     [SHAPE_STRUCT] = "structure", [SHAPE_UNION] = "union",
    [SHAPE_MAP] = "map",       [SHAPE_NUMBER] = "number",
};

/* From here every shape can be reached. */
static const struct shape *const roots[] = {
    &create_mesh_body,
    &update_mesh_body,
    &create_virtual_gateway_body,
    &update_virtual_gateway_body,
    &create_gateway_route_body,
    &update_gateway_route_body,
    &create_virtual_node_body,
    &update_virtual_node_body,
    &create_virtual_router_body,
    &update_virtual_router_body,
    &create_route_body,
    &update_route_body,
    &create_virtual_service_body,
    &update_virtual_service_body,
    &tag_resource_body,
    &untag_resource_body,
    &account_id,
    &arn,
    &list_meshes_limit,
    &list_virtual_gateways_limit,
    &list_gateway_routes_limit,
    &list_virtual_nodes_limit,
    &list_virtual_routers_limit,
    &list_routes_limit,
    &list_virtual_services_limit,
    &next_token,
    &resource_name,
    &service_name,
    &tags_limit,
};

static void print_members(struct cJSON *list, const struct shape *shape)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct member *member = &shape->members[i];
        struct cJSON *row = json_new_object();
        json_add_string(row, "name", member->name);
        json_add_string(row, "shape", member->shape->name);
        json_add_boolean(row, "required", member->is_required);
        if (member->inert)
            json_add_string(row, "inert", member->inert);
        json_append(list, row);
    }
}

static void print_row(struct cJSON *row, const struct shape *shape)
{
    json_add_string(row, "type", type_names[shape->type]);
    if (shape->has_bounds)
        json_add_integer(row, "min", shape->min);
    if (shape->has_bounds && shape->max != SHAPE_UNBOUNDED)
        json_add_integer(row, "max", shape->max);
    if (shape->pattern)
        json_add_string(row, "pattern", shape->pattern->text);
    if (shape->key)
        json_add_string(row, "key", shape->key->name);
    if (shape->element)
        json_add_string(row, "element", shape->element->name);
    if (shape->values) {
        struct cJSON *list = json_add_array(row, "enum");
        for (const char *const *value = shape->values; *value; value++)
            json_append(list, json_new_string(*value));
    }
    if (shape->member_count > 0)
        print_members(json_add_array(row, "members"), shape);
}

void print_shape(struct cJSON *shapes, const struct shape *shape)
{
    if (json_member(shapes, shape->name))
        return;
    print_row(json_add_object(shapes, shape->name), shape);
    if (shape->key)
        print_shape(shapes, shape->key);
    if (shape->element)
        print_shape(shapes, shape->element);
    for (size_t i = 0; i < shape->member_count; i++)
        print_shape(shapes, shape->members[i].shape);
}

static void print_kinds(struct cJSON *list)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        struct cJSON *row = json_new_object();
        json_add_string(row, "name", kinds[kind].name);
        json_add_string(row, "member", kinds[kind].member);
        json_add_string(row, "nameMember", kinds[kind].name_member);
        json_add_string(row, "collection", kinds[kind].collection);
        if (kinds[kind].parent != KIND_NONE)
            json_add_string(row, "parent", kinds[kinds[kind].parent].name);
        json_add_string(row, "spec", kinds[kind].spec->name);
        json_append(list, row);
    }
}

void print_rule(struct cJSON *list, const char *name, unsigned kind_set, const char *says,
                const char *source)
{
    struct cJSON *row = json_new_object();
    json_add_string(row, "name", name);
    struct cJSON *names = json_add_array(row, "kinds");
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (kind_set & 1u << kind)
            json_append(names, json_new_string(kinds[kind].name));
    json_add_string(row, "says", says);
    json_add_string(row, "source", source);
    json_append(list, row);
}

static void print_rules(struct cJSON *list)
{
    for (size_t i = 0; i < rule_count; i++)
        print_rule(list, rules[i].name, rules[i].kinds, rules[i].says, rules[i].source);
}

static void print_statuses(struct cJSON *list)
{
    for (enum status status = 0; status < STATUS_COUNT; status++) {
        if (!status_aws_name(status))
            continue;
        struct cJSON *row = json_new_object();
        json_add_string(row, "name", status_aws_name(status));
        json_add_integer(row, "http", status_http(status));
        json_append(list, row);
    }
}

void print_schema(struct cJSON *schema)
{
    print_kinds(json_add_array(schema, "kinds"));
    struct cJSON *shapes = json_add_object(schema, "shapes");
    for (size_t i = 0; i < COUNT(roots); i++)
        print_shape(shapes, roots[i]);
    print_rules(json_add_array(schema, "rules"));
    print_statuses(json_add_array(schema, "statuses"));
}
