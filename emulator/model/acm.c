/* SPDX-License-Identifier: Apache-2.0 */
#include "acm.h"

#include <string.h>

#include "arena.h"
#include "json.h"

void acm_walk(const struct cJSON *spec, acm_visitor *visit, void *context)
{
    for (const struct cJSON *one = json_first(spec); one; one = json_next(one)) {
        const char *name = json_name(one);
        if (name && strcmp(name, "certificateArn") == 0)
            visit(context, json_text(one), false);
        else if (name && strcmp(name, "certificateAuthorityArns") == 0)
            for (const struct cJSON *arn = json_first(one); arn; arn = json_next(arn))
                visit(context, json_text(arn), true);
        else
            acm_walk(one, visit, context);
    }
}

const char *spec_discovery_name(struct arena *arena, const struct cJSON *spec)
{
    const struct cJSON *discovery = json_member(spec, "serviceDiscovery");
    const struct cJSON *map = json_member(discovery, "awsCloudMap");
    if (map)
        return arena_printf(arena, "%s.%s", json_string(map, "serviceName"),
                            json_string(map, "namespaceName"));
    return json_string(json_member(discovery, "dns"), "hostname");
}

const char *spec_certificate_name(struct arena *arena, const struct cJSON *spec)
{
    const char *name = spec_discovery_name(arena, spec);
    size_t size = name ? strlen(name) : 0;
    if (size == 0 || name[size - 1] != '.')
        return name;
    return arena_copy(arena, (struct bytes){name, size - 1});
}
