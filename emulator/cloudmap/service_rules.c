/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service may be, beyond its shape. Source: botocore's documentation of
 * CreateServiceRequest, DnsConfig, DnsRecord and HealthCheckConfig; texts as recorded where a
 * comment says so, else ours.
 */
#include "rows.h"
#include "services.h"

const struct cJSON *service_records(const struct cJSON *row)
{
    return json_member(json_member(row, "DnsConfig"), "DnsRecords");
}

bool service_has_record(const struct cJSON *row, const char *type)
{
    const struct cJSON *record = json_first(service_records(row));
    for (; record; record = json_next(record))
        if (strcmp(json_string(record, "Type"), type) == 0)
            return true;
    return false;
}

static enum status is_no(struct invocation *call, const char *why)
{
    return error_set(&call->error, ERR_INVALID_INPUT, "%s", why);
}

/* A, AAAA, both, SRV or CNAME, each once. */
static bool records_go_together(const struct cJSON *row)
{
    int count = json_size(service_records(row));
    bool has_both = service_has_record(row, "A") && service_has_record(row, "AAAA");
    return count == 1 || (count == 2 && has_both);
}

static enum status check_records(struct invocation *call)
{
    const struct cJSON *dns = json_member(call->input, "DnsConfig");
    const char *policy = json_string(dns, "RoutingPolicy");
    if (!records_go_together(call->input))
        return is_no(call, "The records of a service must be A, AAAA, A and AAAA, SRV or CNAME");
    if (!service_has_record(call->input, "CNAME"))
        return OK;
    if (!policy || strcmp(policy, "WEIGHTED") != 0)
        return is_no(call, "A CNAME record needs the routing policy WEIGHTED");
    if (json_member(call->input, "HealthCheckConfig"))
        return is_no(call, "A CNAME record can't have a HealthCheckConfig");
    return OK;
}

static enum status check_health(struct invocation *call, const char *namespace_type)
{
    const struct cJSON *health = json_member(call->input, "HealthCheckConfig");
    const char *type = json_string(health, "Type");
    if (!health)
        return OK;
    if (json_member(call->input, "HealthCheckCustomConfig"))
        return is_no(call, "You can specify either HealthCheckConfig or HealthCheckCustomConfig, "
                           "not both");
    if (strcmp(namespace_type, "DNS_PRIVATE") == 0)
        return is_no(call, "A service in a private DNS namespace can't have a HealthCheckConfig");
    if (strcmp(type, "TCP") == 0 && json_member(health, "ResourcePath"))
        return is_no(call, "A health check of type TCP has no ResourcePath");
    return OK;
}

enum status service_check(struct invocation *call)
{
    const struct cJSON *records = service_records(call->input);
    const char *namespace_type = json_string(call->namespace_row, "Type");
    const char *type = input_text(call, "Type");
    bool is_http = strcmp(namespace_type, "HTTP") == 0 || (type && strcmp(type, "HTTP") == 0);
    /* recorded: hashicorp/terraform-provider-aws#7016 */
    if (records && is_http)
        return is_no(call,
                     "When you specify an HTTP service, you can't include a DnsConfig element.");
    if (records && check_records(call) != OK)
        return call->error.status;
    return check_health(call, namespace_type);
}
