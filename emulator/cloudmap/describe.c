/* SPDX-License-Identifier: Apache-2.0 */
#include "actions.h"
#include "cloudmap.h"
#include "print_schema.h"
#include "shape.h"

static struct cJSON *describe_action(const struct action *action)
{
    struct cJSON *row = json_new_object();
    json_add_string(row, "name", action->name);
    json_add_string(row, "access", action->access == WRITE ? "write" : "read");
    json_add_string(row, "input", action->input->name);
    if (action->effect)
        json_add_string(row, "operation", action->effect->type);
    return row;
}

void cloudmap_describe(struct cJSON *schema)
{
    struct cJSON *part = json_add_object(schema, "cloudMap");
    json_add_string(part, "apiVersion", "2017-03-14");
    struct cJSON *list = json_add_array(part, "operations");
    struct cJSON *shapes = json_add_object(part, "shapes");
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        json_append(list, describe_action(&actions[i]));
        print_shape(shapes, actions[i].input);
    }
}
