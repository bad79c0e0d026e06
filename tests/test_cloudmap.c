/* SPDX-License-Identifier: Apache-2.0 */
#include "cloudmap_world.h"

#define PRIVATE "CreatePrivateDnsNamespace"

static const struct cJSON *get_namespace(const char *id)
{
    return json_member(ask("GetNamespace", FORMAT("{\"Id\":\"%s\"}", id)), "Namespace");
}

static const struct cJSON *get_service(const char *id)
{
    return json_member(ask("GetService", FORMAT("{\"Id\":\"%s\"}", id)), "Service");
}

/* ---- namespaces ---- */

static void a_namespace_shows_both_blocks_of_properties(void **state)
{
    (void)state;
    const char *http = make_http_namespace("plain");
    const char *dns = make_namespace(PRIVATE, "{\"Name\":\"a.local\",\"Vpc\":\"vpc-1\"}");
    const struct cJSON *properties = json_member(get_namespace(http), "Properties");
    assert_null(json_member(json_member(properties, "DnsProperties"), "HostedZoneId"));
    assert_string_equal(json_string(json_member(properties, "HttpProperties"), "HttpName"),
                        "plain");
    properties = json_member(get_namespace(dns), "Properties");
    assert_int_equal(json_string(json_member(properties, "DnsProperties"), "HostedZoneId")[0], 'Z');
    assert_string_equal(json_string(json_member(properties, "HttpProperties"), "HttpName"),
                        "a.local");
}

static void an_arn_stands_for_an_id_in_its_own_account_and_region(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *arn = keep(json_string(get_namespace(id), "Arn"));
    assert_string_equal(json_string(get_namespace(arn), "Id"), id);
    world.authorization = "AWS4-HMAC-SHA256 Credential=999999999999/20260101/eu-west-1/s/r";
    assert_string_equal(call("GetNamespace", FORMAT("{\"Id\":\"%s\"}", arn)), "NamespaceNotFound");
    assert_string_equal(call("GetNamespace", FORMAT("{\"Id\":\"%s\"}", id)), "NamespaceNotFound");
    assert_int_equal(json_size(json_member(ask("ListNamespaces", "{}"), "Namespaces")), 0);
}

static void a_second_http_namespace_of_the_name_is_refused(void **state)
{
    (void)state;
    const char *id =
        make_namespace("CreateHttpNamespace", "{\"Name\":\"n\",\"CreatorRequestId\":\"first\"}");
    assert_string_equal(call("CreateHttpNamespace", "{\"Name\":\"n\"}"), "NamespaceAlreadyExists");
    assert_string_equal(json_string(world.body, "NamespaceId"), id);
    assert_string_equal(json_string(world.body, "CreatorRequestId"), "first");
}

static void a_second_private_namespace_of_a_vpc_fails_by_its_operation(void **state)
{
    (void)state;
    make_namespace(PRIVATE, "{\"Name\":\"n\",\"Vpc\":\"vpc-1\"}");
    ask(PRIVATE, "{\"Name\":\"n\",\"Vpc\":\"vpc-1\"}");
    const char *id = operation_id();
    assert_string_equal(operation(id, "Status"), "FAIL");
    assert_string_equal(operation(id, "ErrorCode"), "CANNOT_CREATE_HOSTED_ZONE");
    assert_non_null(strstr(operation(id, "ErrorMessage"),
                           "The VPC that you chose, vpc-1 in region us-west-2, is already "
                           "associated with another private hosted zone that has an overlapping "
                           "name space, n.. (Service: AmazonRoute53;"));
    assert_int_equal(json_size(json_member(ask("ListNamespaces", "{}"), "Namespaces")), 1);
}

static void a_name_used_before_gets_another_http_name(void **state)
{
    (void)state;
    make_http_namespace("n");
    const char *id = make_namespace(PRIVATE, "{\"Name\":\"n\",\"Vpc\":\"vpc-1\"}");
    const struct cJSON *properties = json_member(get_namespace(id), "Properties");
    const char *name = json_string(json_member(properties, "HttpProperties"), "HttpName");
    assert_int_equal(strncmp(name, "n-", 2), 0);
}

static void updates_reach_the_namespace_of_their_type(void **state)
{
    (void)state;
    const char *id = make_namespace(PRIVATE, "{\"Name\":\"n\",\"Vpc\":\"vpc-1\"}");
    ask("UpdatePrivateDnsNamespace",
        FORMAT("{\"Id\":\"%s\",\"Namespace\":{\"Description\":\"d\",\"Properties\":"
               "{\"DnsProperties\":{\"SOA\":{\"TTL\":7}}}}}",
               id));
    assert_string_equal(operation(operation_id(), "Type"), "UPDATE_NAMESPACE");
    const struct cJSON *row = get_namespace(id);
    assert_string_equal(json_string(row, "Description"), "d");
    const struct cJSON *dns = json_member(json_member(row, "Properties"), "DnsProperties");
    assert_int_equal(json_integer(json_member(dns, "SOA"), "TTL", 0), 7);
    assert_non_null(json_string(dns, "HostedZoneId"));
    assert_string_equal(call("UpdateHttpNamespace",
                             FORMAT("{\"Id\":\"%s\",\"Namespace\":{\"Description\":\"d\"}}", id)),
                        "InvalidInput");
}

static void a_namespace_goes_once_its_services_have(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *service = make_service(id, "s", "");
    const char *input = FORMAT("{\"Id\":\"%s\"}", id);
    assert_int_equal(json_integer(get_namespace(id), "ServiceCount", 0), 1);
    assert_string_equal(call("DeleteNamespace", input), "ResourceInUse");
    assert_string_equal(
        message(),
        "Namespace has associated services; delete the services before deleting the namespace");
    ask("DeleteService", FORMAT("{\"Id\":\"%s\"}", service));
    ask("DeleteNamespace", input);
    const char *operation_of_delete = operation_id();
    assert_string_equal(call("GetNamespace", input), "NamespaceNotFound");
    assert_string_equal(message(), "Namespace not found");
    assert_string_equal(operation(operation_of_delete, "Status"), "SUCCESS");
    assert_int_equal(json_size(json_member(ask("ListOperations", "{}"), "Operations")), 0);
    make_http_namespace("n");
}

/* ---- services ---- */

#define DNS(records) ",\"DnsConfig\":{\"DnsRecords\":[" records "]}"
#define WEIGHTED(records)                                                                          \
    ",\"DnsConfig\":{\"RoutingPolicy\":\"WEIGHTED\",\"DnsRecords\":[" records "]}"
#define RECORD(type) "{\"Type\":\"" type "\",\"TTL\":60}"
#define CHECK ",\"HealthCheckConfig\":{\"Type\":\"HTTP\"}"
#define CUSTOM ",\"HealthCheckCustomConfig\":{\"FailureThreshold\":5}"

/* clang-format off */
static const struct {
    const char *type, *more, *complaint; /* "" if it is taken */
} new_services[] = {
    {"HTTP",    "", ""},
    {"HTTP",    CHECK, ""},
    {"HTTP",    DNS(RECORD("A")), "When you specify an HTTP service, you can't include a DnsConfig element."},
    {"HTTP",    CHECK CUSTOM, "You can specify either HealthCheckConfig or HealthCheckCustomConfig, not both"},
    {"PRIVATE", "", ""},
    {"PRIVATE", DNS(RECORD("A")), ""},
    {"PRIVATE", DNS(RECORD("A") "," RECORD("AAAA")), ""},
    {"PRIVATE", DNS(RECORD("SRV")) CUSTOM, ""},
    {"PRIVATE", DNS(RECORD("A") "," RECORD("SRV")), "The records of a service must be A, AAAA, A and AAAA, SRV or CNAME"},
    {"PRIVATE", DNS(RECORD("A") "," RECORD("A")), "The records of a service must be A, AAAA, A and AAAA, SRV or CNAME"},
    {"PRIVATE", DNS(""), "The records of a service must be A, AAAA, A and AAAA, SRV or CNAME"},
    {"PRIVATE", DNS(RECORD("CNAME")), "A CNAME record needs the routing policy WEIGHTED"},
    {"PRIVATE", WEIGHTED(RECORD("CNAME")), ""},
    {"PRIVATE", CHECK, "A service in a private DNS namespace can't have a HealthCheckConfig"},
    {"PRIVATE", ",\"Type\":\"HTTP\"" DNS(RECORD("A")), "When you specify an HTTP service, you can't include a DnsConfig element."},
    {"PUBLIC",  DNS(RECORD("A")) CHECK, ""},
    {"PUBLIC",  WEIGHTED(RECORD("CNAME")) CHECK, "A CNAME record can't have a HealthCheckConfig"},
    {"PUBLIC",  ",\"HealthCheckConfig\":{\"Type\":\"TCP\",\"ResourcePath\":\"/\"}", "A health check of type TCP has no ResourcePath"},
};
/* clang-format on */

static void a_service_must_suit_its_namespace(void **state)
{
    (void)state;
    const char *http = make_http_namespace("http");
    const char *private = make_namespace(PRIVATE, "{\"Name\":\"p\",\"Vpc\":\"v\"}");
    const char *public = make_namespace("CreatePublicDnsNamespace", "{\"Name\":\"a.example\"}");
    for (size_t i = 0; i < COUNT(new_services); i++) {
        const char *type = new_services[i].type;
        const char *id = *type == 'H' ? http : strcmp(type, "PRIVATE") == 0 ? private : public;
        const char *error =
            call("CreateService", FORMAT("{\"Name\":\"s%zu\",\"NamespaceId\":\"%s\"%s}", i, id,
                                         new_services[i].more));
        assert_string_equal(error, *new_services[i].complaint ? "InvalidInput" : "");
        assert_string_equal(*error ? message() : "", new_services[i].complaint);
    }
}

static void a_service_shows_its_type_and_its_namespace(void **state)
{
    (void)state;
    const char *id = make_namespace(PRIVATE, "{\"Name\":\"p\",\"Vpc\":\"v\"}");
    const char *dns = make_service(id, "dns", DNS(RECORD("A")) CUSTOM);
    const char *http = make_service(id, "http", "");
    const struct cJSON *row = get_service(dns);
    assert_string_equal(json_string(row, "Type"), "DNS_HTTP");
    assert_string_equal(json_string(row, "NamespaceId"), id);
    assert_string_equal(json_string(json_member(row, "DnsConfig"), "NamespaceId"), id);
    assert_string_equal(json_string(json_member(row, "DnsConfig"), "RoutingPolicy"), "MULTIVALUE");
    assert_int_equal(
        json_integer(json_member(row, "HealthCheckCustomConfig"), "FailureThreshold", 0), 1);
    row = get_service(http);
    assert_string_equal(json_string(row, "Type"), "HTTP");
    assert_int_equal(json_size(json_member(row, "DnsConfig")), 0);
    const struct cJSON *list = json_member(ask("ListServices", "{}"), "Services");
    for (row = json_first(list); row; row = json_next(row)) {
        assert_null(json_member(row, "NamespaceId"));
        assert_null(json_member(row, "CreatorRequestId"));
        assert_null(json_member(json_member(row, "DnsConfig"), "NamespaceId"));
    }
}

static void names_of_services_are_unique_and_in_dns_whatever_their_case(void **state)
{
    (void)state;
    const char *dns = make_namespace(PRIVATE, "{\"Name\":\"p\",\"Vpc\":\"v\"}");
    const char *http = make_http_namespace("n");
    const char *id = make_service(dns, "name", ",\"CreatorRequestId\":\"c\"");
    make_service(http, "name", "");
    make_service(http, "NAME", "");
    assert_string_equal(
        call("CreateService", FORMAT("{\"Name\":\"NAME\",\"NamespaceId\":\"%s\"}", dns)),
        "ServiceAlreadyExists");
    assert_string_equal(json_string(world.body, "ServiceId"), id);
    assert_string_equal(json_string(world.body, "CreatorRequestId"), "c");
    assert_non_null(strstr(json_string(world.body, "ServiceArn"), id));
}

static void a_service_needs_a_namespace_that_is_there(void **state)
{
    (void)state;
    assert_string_equal(call("CreateService", "{\"Name\":\"s\"}"), "InvalidInput");
    assert_string_equal(message(), "Service namespace id cannot be null");
    assert_string_equal(call("CreateService", "{\"Name\":\"s\",\"NamespaceId\":\"ns-x\"}"),
                        "NamespaceNotFound");
}

static void an_update_of_a_service_removes_what_it_leaves_out(void **state)
{
    (void)state;
    const char *id = make_namespace("CreatePublicDnsNamespace", "{\"Name\":\"a.example\"}");
    const char *service = make_service(id, "s", DNS(RECORD("A")) CHECK);
    static const struct {
        const char *change, *complaint;
    } refused[] = {
        {"\"DnsConfig\":{\"DnsRecords\":[" RECORD("AAAA") "]}",
         "The record types in the request must be the same as those present in the existing "
         "service. Records in the existing service are [A], but the records in the request are "
         "[AAAA]. The record types of a service cannot be changed."                                     },
        {"\"HealthCheckConfig\":{\"Type\":\"TCP\"}",            "Type of health check cannot be changed"},
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        char input[512];
        snprintf(input, sizeof input, "{\"Id\":\"%s\",\"Service\":{%s}}", service,
                 refused[i].change);
        assert_string_equal(call("UpdateService", input), "InvalidInput");
        assert_string_equal(message(), refused[i].complaint);
    }
    ask("UpdateService", FORMAT("{\"Id\":\"%s\",\"Service\":{\"Description\":\"d\"}}", service));
    const struct cJSON *row = get_service(service);
    assert_string_equal(json_string(row, "Description"), "d");
    assert_null(json_member(row, "HealthCheckConfig"));
    assert_string_equal(json_string(row, "Type"), "HTTP");
}

static void a_service_goes_once_its_instances_have(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    const char *input = FORMAT("{\"Id\":\"%s\"}", service);
    make_instance(service, "i", "{}");
    assert_string_equal(call("DeleteService", input), "ResourceInUse");
    assert_string_equal(message(), "Service contains registered instances; delete the instances "
                                   "before deleting the service");
    ask("DeregisterInstance", FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\"}", service));
    ask("DeleteService", input);
    assert_string_equal(call("GetService", input), "ServiceNotFound");
}

static void attributes_of_a_service_are_at_most_thirty(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    const char *id = FORMAT("{\"ServiceId\":\"%s\"}", service);
    for (int i = 0; i < 30; i++)
        ask("UpdateServiceAttributes",
            FORMAT("{\"ServiceId\":\"%s\",\"Attributes\":{\"k%d\":\"v\"}}", service, i));
    assert_string_equal(
        call("UpdateServiceAttributes",
             FORMAT("{\"ServiceId\":\"%s\",\"Attributes\":{\"more\":\"v\"}}", service)),
        "ServiceAttributesLimitExceededException");
    ask("DeleteServiceAttributes",
        FORMAT("{\"ServiceId\":\"%s\",\"Attributes\":[\"k3\",\"unknown\"]}", service));
    const struct cJSON *shown = json_member(ask("GetServiceAttributes", id), "ServiceAttributes");
    assert_int_equal(json_size(json_member(shown, "Attributes")), 29);
    assert_non_null(strstr(json_string(shown, "ServiceArn"), service));
}

/* ---- operations ---- */

static const char *start_of(const char *id)
{
    return arena_copy(&world.arena, (struct bytes){id, strcspn(id, "-")});
}

static void operations_of_one_thing_share_the_start_of_their_ids(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    ask("ListOperations", "{}");
    const char *create =
        start_of(json_string(json_first(json_member(world.body, "Operations")), "Id"));
    ask("DeleteNamespace", FORMAT("{\"Id\":\"%s\"}", id));
    assert_string_equal(start_of(operation_id()), create);
    ask("CreateHttpNamespace", "{\"Name\":\"n\"}");
    assert_string_not_equal(start_of(operation_id()), create);
}

static void operations_of_other_accounts_are_not_there(void **state)
{
    (void)state;
    ask("CreateHttpNamespace", "{\"Name\":\"n\"}");
    const char *asked = FORMAT("{\"OperationId\":\"%s\",\"OwnerAccount\":", operation_id());
    ask("GetOperation", FORMAT("%s\"123456789012\"}", asked));
    assert_string_equal(call("GetOperation", FORMAT("%s\"999999999999\"}", asked)),
                        "OperationNotFound");
}

/* ---- the same request twice ---- */

static void a_request_sent_twice_has_one_effect(void **state)
{
    (void)state;
    const char *input = "{\"Name\":\"n\",\"CreatorRequestId\":\"a\"}";
    ask("CreateHttpNamespace", input);
    const char *first = operation_id(), *id = target_id("NAMESPACE");
    ask("CreateHttpNamespace", input);
    assert_string_equal(operation_id(), first);
    const char *service = make_service(id, "s", ",\"CreatorRequestId\":\"a\"");
    assert_string_equal(make_service(id, "s", ",\"CreatorRequestId\":\"a\""), service);
    assert_string_equal(call("CreateService", FORMAT("{\"Name\":\"s\",\"NamespaceId\":\"%s\","
                                                     "\"CreatorRequestId\":\"b\"}",
                                                     id)),
                        "ServiceAlreadyExists");
    const char *instance = FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Attributes\":{},"
                                  "\"CreatorRequestId\":\"a\"}",
                                  service);
    ask("RegisterInstance", instance);
    first = operation_id();
    ask("RegisterInstance", instance);
    assert_string_equal(operation_id(), first);
}

/* ---- tags ---- */

static void tags_are_kept_by_key(void **state)
{
    (void)state;
    const char *id =
        make_namespace("CreateHttpNamespace", "{\"Name\":\"n\",\"Tags\":[{\"Key\":\"b\",\"Value\":"
                                              "\"1\"},{\"Key\":\"a\",\"Value\":\"2\"}]}");
    const char *arn = keep(json_string(get_namespace(id), "Arn"));
    ask("TagResource",
        FORMAT("{\"ResourceARN\":\"%s\",\"Tags\":[{\"Key\":\"b\",\"Value\":\"3\"}]}", arn));
    ask("UntagResource", FORMAT("{\"ResourceARN\":\"%s\",\"TagKeys\":[\"a\",\"x\"]}", arn));
    ask("ListTagsForResource", FORMAT("{\"ResourceARN\":\"%s\"}", arn));
    assert_string_equal(world.text, "{\"Tags\":[{\"Key\":\"b\",\"Value\":\"3\"}]}");
    assert_string_equal(call("ListTagsForResource", FORMAT("{\"ResourceARN\":\"%s\"}", id)),
                        "ResourceNotFoundException");
    assert_string_equal(
        call("TagResource",
             FORMAT("{\"ResourceARN\":\"%s\",\"Tags\":[{\"Key\":\"AWS:x\",\"Value\":\"\"}]}", arn)),
        "InvalidInput");
}

static void a_resource_has_at_most_fifty_tags(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *arn = keep(json_string(get_namespace(id), "Arn"));
    for (int i = 0; i < 50; i++)
        ask("TagResource",
            FORMAT("{\"ResourceARN\":\"%s\",\"Tags\":[{\"Key\":\"k%d\",\"Value\":\"\"}]}", arn, i));
    assert_string_equal(
        call("TagResource",
             FORMAT("{\"ResourceARN\":\"%s\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}", arn)),
        "TooManyTagsException");
    assert_string_equal(json_string(world.body, "ResourceName"), arn);
}

/* ---- lists ---- */

static void a_list_goes_on_where_its_page_ended(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        make_http_namespace(FORMAT("n%d", i));
    int seen = 0;
    const char *token = NULL;
    do {
        const struct cJSON *page =
            ask("ListNamespaces", token ? FORMAT("{\"MaxResults\":2,\"NextToken\":\"%s\"}", token)
                                        : "{\"MaxResults\":2}");
        seen += json_size(json_member(page, "Namespaces"));
        token = json_string(page, "NextToken");
        token = token ? keep(token) : NULL;
    } while (token);
    assert_int_equal(seen, 5);
    assert_null(json_member(ask("ListNamespaces", "{\"MaxResults\":5}"), "NextToken"));
    ask("ListNamespaces", "{\"MaxResults\":1}");
    token = keep(json_string(world.body, "NextToken"));
    assert_string_equal(call("ListServices", FORMAT("{\"NextToken\":\"%s\"}", token)),
                        "InvalidInput");
}

/* clang-format off */
static const struct {
    const char *action, *member, *filter;
    int count; /* -1: InvalidInput */
} filtered[] = {
    {"ListNamespaces", "Namespaces", "{\"Name\":\"TYPE\",\"Values\":[\"HTTP\"]}", 2},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"TYPE\",\"Values\":[\"DNS_\"],\"Condition\":\"BEGINS_WITH\"}", 1},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"NAME\",\"Values\":[\"one\"]}", 1},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"HTTP_NAME\",\"Values\":[\"t\"],\"Condition\":\"BEGINS_WITH\"}", 2},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"RESOURCE_OWNER\",\"Values\":[\"SELF\"]}", 3},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"RESOURCE_OWNER\",\"Values\":[\"OTHER_ACCOUNTS\"]}", 0},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"NAME\",\"Values\":[\"one\"]},{\"Name\":\"TYPE\",\"Values\":[\"DNS_PRIVATE\"]}", 0},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"NAME\",\"Values\":[\"a\",\"b\"]}", -1},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"NAME\",\"Values\":[]}", -1},
    {"ListNamespaces", "Namespaces", "{\"Name\":\"NAME\",\"Values\":[\"a\"],\"Condition\":\"IN\"}", -1},
    {"ListServices",   "Services",   "{\"Name\":\"NAMESPACE_ID\",\"Values\":[\"ns-none\"]}", 0},
    {"ListServices",   "Services",   "{\"Name\":\"NAMESPACE_ID\",\"Values\":[\"x\"],\"Condition\":\"BEGINS_WITH\"}", -1},
    {"ListOperations", "Operations", "{\"Name\":\"STATUS\",\"Values\":[\"SUCCESS\",\"FAIL\"],\"Condition\":\"IN\"}", 4},
    {"ListOperations", "Operations", "{\"Name\":\"STATUS\",\"Values\":[\"FAIL\"]}", 0},
    {"ListOperations", "Operations", "{\"Name\":\"TYPE\",\"Values\":[\"REGISTER_INSTANCE\"]}", 1},
    {"ListOperations", "Operations", "{\"Name\":\"UPDATE_DATE\",\"Values\":[\"0\",\"4102444800\"],\"Condition\":\"BETWEEN\"}", 4},
    {"ListOperations", "Operations", "{\"Name\":\"UPDATE_DATE\",\"Values\":[\"0\",\"1\"],\"Condition\":\"BETWEEN\"}", 0},
    {"ListOperations", "Operations", "{\"Name\":\"UPDATE_DATE\",\"Values\":[\"0\"],\"Condition\":\"BETWEEN\"}", -1},
    {"ListOperations", "Operations", "{\"Name\":\"UPDATE_DATE\",\"Values\":[\"0\",\"now\"],\"Condition\":\"BETWEEN\"}", -1},
    {"ListOperations", "Operations", "{\"Name\":\"UPDATE_DATE\",\"Values\":[\"0\"]}", -1},
};
/* clang-format on */

static void filters_choose(void **state)
{
    (void)state;
    const char *one = make_http_namespace("one");
    make_http_namespace("two");
    make_namespace(PRIVATE, "{\"Name\":\"three\",\"Vpc\":\"v\"}");
    const char *service = make_service(one, "s", "");
    make_instance(service, "i", "{}");
    for (size_t i = 0; i < COUNT(filtered); i++) {
        const char *error =
            call(filtered[i].action, FORMAT("{\"Filters\":[%s]}", filtered[i].filter));
        const int count = *error ? -1 : json_size(json_member(world.body, filtered[i].member));
        if (count != filtered[i].count)
            fail_msg("%s: %d, %s", filtered[i].filter, count, world.text);
    }
    const char *arn = keep(json_string(get_namespace(one), "Arn"));
    ask("ListServices",
        FORMAT("{\"Filters\":[{\"Name\":\"NAMESPACE_ID\",\"Values\":[\"%s\"]}]}", arn));
    assert_int_equal(json_size(json_member(world.body, "Services")), 1);
}

/* ---- what is no action ---- */

static void an_unknown_target_gets_a_type_alone(void **state)
{
    (void)state;
    assert_string_equal(call("CreateMesh", "{}"), "UnknownOperationException");
    assert_string_equal(world.text, "{\"__type\":\"UnknownOperationException\"}");
}

static void violations_show_members_with_a_small_initial(void **state)
{
    (void)state;
    assert_string_equal(call("GetNamespace", "{}"), "InvalidInput");
    assert_string_equal(message(),
                        "1 validation error detected: Value null at 'id' failed to satisfy "
                        "constraint: Member must not be null");
    assert_string_equal(call("GetNamespace", "{\"Id\":1}"), "SerializationException");
    assert_string_equal(message(), "id: expected a string");
    assert_string_equal(call("GetNamespace", "{"), "SerializationException");
}

static void sts_says_who_asks(void **state)
{
    (void)state;
    assert_int_equal(send("POST", "", "Action=GetCallerIdentity&Version=2011-06-15"), 200);
    assert_string_equal(world.content_type, "text/xml");
    assert_non_null(strstr(world.text, "<Arn>arn:aws:iam::123456789012:root</Arn>"));
    world.authorization = "AWS4-HMAC-SHA256 Credential=999999999999/20260101/cn-north-1/sts/r";
    assert_int_equal(send("GET", "Version=2011-06-15&Action=GetCallerIdentity", ""), 200);
    assert_non_null(strstr(world.text, "<Arn>arn:aws-cn:iam::999999999999:root</Arn>"));
    assert_non_null(strstr(world.text, "<Account>999999999999</Account>"));
    assert_int_equal(send("POST", "", "Action=AssumeRole"), 400);
    assert_non_null(strstr(world.text, "<Code>InvalidAction</Code>"));
    assert_int_equal(send("POST", "", ""), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_namespace_shows_both_blocks_of_properties),
        WORLD_TEST(an_arn_stands_for_an_id_in_its_own_account_and_region),
        WORLD_TEST(a_second_http_namespace_of_the_name_is_refused),
        WORLD_TEST(a_second_private_namespace_of_a_vpc_fails_by_its_operation),
        WORLD_TEST(a_name_used_before_gets_another_http_name),
        WORLD_TEST(updates_reach_the_namespace_of_their_type),
        WORLD_TEST(a_namespace_goes_once_its_services_have),
        WORLD_TEST(a_service_must_suit_its_namespace),
        WORLD_TEST(a_service_shows_its_type_and_its_namespace),
        WORLD_TEST(names_of_services_are_unique_and_in_dns_whatever_their_case),
        WORLD_TEST(a_service_needs_a_namespace_that_is_there),
        WORLD_TEST(an_update_of_a_service_removes_what_it_leaves_out),
        WORLD_TEST(a_service_goes_once_its_instances_have),
        WORLD_TEST(attributes_of_a_service_are_at_most_thirty),
        WORLD_TEST(operations_of_one_thing_share_the_start_of_their_ids),
        WORLD_TEST(operations_of_other_accounts_are_not_there),
        WORLD_TEST(a_request_sent_twice_has_one_effect),
        WORLD_TEST(tags_are_kept_by_key),
        WORLD_TEST(a_resource_has_at_most_fifty_tags),
        WORLD_TEST(a_list_goes_on_where_its_page_ended),
        WORLD_TEST(filters_choose),
        WORLD_TEST(an_unknown_target_gets_a_type_alone),
        WORLD_TEST(violations_show_members_with_a_small_initial),
        WORLD_TEST(sts_says_who_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
