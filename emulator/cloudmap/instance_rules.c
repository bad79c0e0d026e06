/* SPDX-License-Identifier: Apache-2.0
 *
 * What the attributes of an instance may be. Source: botocore's documentation of
 * RegisterInstanceRequest$Attributes; the texts are ours.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "instances.h"
#include "rows.h"
#include "services.h"

#define CUSTOM_MAX 30       /* attributes of the client's own */
#define CHARACTERS_MAX 5000 /* of all keys and values */

#define IPV4 "AWS_INSTANCE_IPV4"
#define IPV6 "AWS_INSTANCE_IPV6"
#define PORT "AWS_INSTANCE_PORT"
#define CNAME "AWS_INSTANCE_CNAME"
#define ALIAS "AWS_ALIAS_DNS_NAME"
#define EC2 "AWS_EC2_INSTANCE_ID"
#define HEALTH "AWS_INIT_HEALTH_STATUS"

static bool is_ipv4(const char *text)
{
    unsigned char address[sizeof(struct in_addr)];
    return inet_pton(AF_INET, text, address) == 1;
}

static bool is_ipv6(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET6, text, address) == 1;
}

static bool is_port(const char *text)
{
    size_t size = strspn(text, "0123456789");
    long port = size <= 5 ? strtol(text, NULL, 10) : 0;
    return size > 0 && !text[size] && port >= 1 && port <= 65535;
}

static bool is_health(const char *text)
{
    return strcmp(text, "HEALTHY") == 0 || strcmp(text, "UNHEALTHY") == 0;
}

static const struct {
    const char *key;
    bool (*is_value)(const char *);
    const char *what;
} forms[] = {
    {IPV4,   is_ipv4,   "an IPv4 address"     },
    {IPV6,   is_ipv6,   "an IPv6 address"     },
    {PORT,   is_port,   "a port, 1 to 65535"  },
    {HEALTH, is_health, "HEALTHY or UNHEALTHY"},
};

static bool has(const struct cJSON *attributes, const char *key)
{
    return json_member(attributes, key) != NULL;
}

static enum status check_forms(struct invocation *call, const struct cJSON *attributes)
{
    for (size_t i = 0; i < COUNT(forms); i++) {
        const char *value = json_string(attributes, forms[i].key);
        if (value && !forms[i].is_value(value))
            return error_set(&call->error, ERR_INVALID_INPUT,
                             "The value of the attribute %s must be %s", forms[i].key,
                             forms[i].what);
    }
    return OK;
}

static enum status check_size(struct invocation *call, const struct cJSON *attributes)
{
    size_t characters = 0, custom = 0;
    const struct cJSON *attribute = json_first(attributes);
    for (; attribute; attribute = json_next(attribute)) {
        characters += strlen(json_name(attribute)) + strlen(json_text(attribute));
        custom += strncmp(json_name(attribute), "AWS_", 4) != 0;
    }
    if (custom > CUSTOM_MAX)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "An instance has at most %d custom attributes", CUSTOM_MAX);
    if (characters > CHARACTERS_MAX)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The attributes of an instance have at most %d characters",
                         CHARACTERS_MAX);
    return OK;
}

static enum status needs(struct invocation *call, const char *what, const char *key)
{
    return error_set(&call->error, ERR_INVALID_INPUT,
                     "A service with %s needs the attribute %s in each instance", what, key);
}

/* What the service's records and its health check read. */
static enum status check_needs(struct invocation *call, const struct cJSON *attributes)
{
    static const struct {
        const char *record, *key, *what;
    } records[] = {
        {"A",     IPV4,  "an A record"   },
        {"AAAA",  IPV6,  "an AAAA record"},
        {"SRV",   PORT,  "an SRV record" },
        {"CNAME", CNAME, "a CNAME record"},
    };
    const struct cJSON *service = call->service_row;
    for (size_t i = 0; i < COUNT(records); i++)
        if (service_has_record(service, records[i].record) && !has(attributes, records[i].key))
            return needs(call, records[i].what, records[i].key);
    if (service_has_record(service, "SRV") && !has(attributes, IPV4) && !has(attributes, IPV6))
        return needs(call, "an SRV record", IPV4 " or " IPV6);
    if (json_member(service, "HealthCheckConfig") && !has(attributes, PORT))
        return needs(call, "a HealthCheckConfig", PORT);
    return OK;
}

static bool has_instance_key(const struct cJSON *attributes)
{
    const struct cJSON *attribute = json_first(attributes);
    for (; attribute; attribute = json_next(attribute))
        if (strncmp(json_name(attribute), "AWS_INSTANCE_", strlen("AWS_INSTANCE_")) == 0)
            return true;
    return false;
}

/* An alias stands in for addresses. */
static enum status check_alias(struct invocation *call, const struct cJSON *attributes)
{
    const struct cJSON *service = call->service_row;
    const char *policy = json_string(json_member(service, "DnsConfig"), "RoutingPolicy");
    bool has_address = service_has_record(service, "A") || service_has_record(service, "AAAA");
    if (!has_address || !policy || strcmp(policy, "WEIGHTED") != 0)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The attribute " ALIAS " needs a service with A or AAAA records and the "
                         "routing policy WEIGHTED");
    if (has_instance_key(attributes))
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The attribute " ALIAS " excludes those that start with AWS_INSTANCE_");
    return OK;
}

/* EC2 would be asked for the address; nothing here knows it, so it stays away: our choice. */
static enum status check_ec2(struct invocation *call, const struct cJSON *attributes)
{
    if (strcmp(json_string(call->namespace_row, "Type"), "HTTP") != 0)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The attribute " EC2 " needs an HTTP namespace");
    const struct cJSON *attribute = json_first(attributes);
    for (; attribute; attribute = json_next(attribute)) {
        const char *key = json_name(attribute);
        bool is_ours = strncmp(key, "AWS_", 4) == 0;
        if (is_ours && strcmp(key, EC2) != 0 && strcmp(key, HEALTH) != 0)
            return error_set(&call->error, ERR_INVALID_INPUT, "The attribute " EC2 " excludes %s",
                             key);
    }
    return OK;
}

enum status instance_check_own(struct invocation *call)
{
    const struct cJSON *attributes = json_member(call->input, "Attributes");
    enum status status = check_size(call, attributes);
    return status == OK ? check_forms(call, attributes) : status;
}

enum status instance_check(struct invocation *call)
{
    const struct cJSON *attributes = json_member(call->input, "Attributes");
    enum status status = instance_check_own(call);
    if (status == OK && has(attributes, EC2))
        status = check_ec2(call, attributes);
    if (status != OK)
        return status;
    return has(attributes, ALIAS) ? check_alias(call, attributes) : check_needs(call, attributes);
}
