/* SPDX-License-Identifier: Apache-2.0 */
#include "cloudmap_world.h"

#include "documents.h"

#define CUSTOM ",\"HealthCheckCustomConfig\":{}"

static const char *in_service(const char *service, const char *instance)
{
    return FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"%s\"}", service, instance);
}

static int64_t instance_count(const char *service)
{
    const struct cJSON *answer = ask("GetService", FORMAT("{\"Id\":\"%s\"}", service));
    return json_integer(json_member(answer, "Service"), "InstanceCount", -1);
}

static int64_t revision(void)
{
    const struct cJSON *answer =
        ask("DiscoverInstancesRevision", "{\"NamespaceName\":\"n\",\"ServiceName\":\"s\"}");
    return json_integer(answer, "InstancesRevision", -1);
}

static void set_health(const char *service, const char *instance, const char *status)
{
    ask("UpdateInstanceCustomHealthStatus",
        FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"%s\",\"Status\":\"%s\"}", service, instance,
               status));
}

/* ---- register and deregister ---- */

static void an_instance_lives_from_register_to_deregister(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    make_instance(service, "a/b:c", "{\"k\":\"1\"}");
    const struct cJSON *instance =
        json_member(ask("GetInstance", in_service(service, "a/b:c")), "Instance");
    assert_string_equal(json_string(instance, "Id"), "a/b:c");
    assert_string_equal(json_string(json_member(instance, "Attributes"), "k"), "1");
    ask("DeregisterInstance", in_service(service, "a/b:c"));
    assert_string_equal(operation(operation_id(), "Type"), "DEREGISTER_INSTANCE");
    assert_string_equal(call("GetInstance", in_service(service, "a/b:c")), "InstanceNotFound");
    assert_string_equal(call("DeregisterInstance", in_service(service, "a/b:c")),
                        "InstanceNotFound");
    assert_string_equal(call("DeregisterInstance", in_service("srv-none", "i")), "ServiceNotFound");
}

static void registering_again_replaces_and_is_counted_once(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    int64_t first = revision();
    make_instance(service, "i", "{\"old\":\"1\"}");
    int64_t second = revision();
    make_instance(service, "i", "{\"new\":\"1\"}");
    int64_t third = revision();
    const struct cJSON *instance =
        json_member(ask("GetInstance", in_service(service, "i")), "Instance");
    assert_null(json_member(json_member(instance, "Attributes"), "old"));
    assert_int_equal(instance_count(service), 1);
    ask("DeregisterInstance", in_service(service, "i"));
    assert_int_equal(instance_count(service), 0);
    assert_true(first < second && second < third && third < revision());
}

static void instances_of_services_are_kept_apart(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *one = make_service(id, "one", ""), *two = make_service(id, "two", "");
    make_instance(one, "i", "{}");
    const struct cJSON *answer = ask("ListInstances", FORMAT("{\"ServiceId\":\"%s\"}", two));
    assert_int_equal(json_size(json_member(answer, "Instances")), 0);
    assert_string_equal(call("GetInstance", in_service(two, "i")), "InstanceNotFound");
}

static void an_id_too_long_to_be_stored_is_not_found(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    char id[64 * 4 + 1] = "";
    for (size_t i = 0; i < 64; i++)
        memcpy(id + 4 * i, "\xf0\x9f\x98\x80", 4);
    assert_string_equal(call("GetInstance", in_service(service, id)), "InstanceNotFound");
    assert_string_equal(call("DeregisterInstance", in_service(service, id)), "InstanceNotFound");
}

/* ---- attributes ---- */

#define RECORDS(policy, records)                                                                   \
    ",\"DnsConfig\":{\"RoutingPolicy\":\"" policy "\",\"DnsRecords\":[" records "]}"
#define RECORD(type) "{\"Type\":\"" type "\",\"TTL\":60}"
#define A RECORDS("MULTIVALUE", RECORD("A"))
#define WEIGHTED_A RECORDS("WEIGHTED", RECORD("A"))
#define BOTH RECORDS("MULTIVALUE", RECORD("A") "," RECORD("AAAA"))
#define SRV RECORDS("MULTIVALUE", RECORD("SRV"))
#define CNAME RECORDS("WEIGHTED", RECORD("CNAME"))
#define CHECK ",\"HealthCheckConfig\":{\"Type\":\"HTTP\"}"
#define V4 "\"AWS_INSTANCE_IPV4\":\"10.0.0.1\""
#define V6 "\"AWS_INSTANCE_IPV6\":\"fd00::1\""
#define PORT "\"AWS_INSTANCE_PORT\":\"80\""
#define ALIAS "\"AWS_ALIAS_DNS_NAME\":\"lb.example\""
#define EC2 "\"AWS_EC2_INSTANCE_ID\":\"i-1\""

/* clang-format off */
static const struct {
    const char *service, *attributes, *complaint; /* "" if they are taken */
} rows[] = {
    {"", "", ""},
    {"", "\"AWS_INIT_HEALTH_STATUS\":\"HEALTHY\"", ""},
    {"", "\"AWS_INIT_HEALTH_STATUS\":\"ill\"", "The value of the attribute AWS_INIT_HEALTH_STATUS must be HEALTHY or UNHEALTHY"},
    {"", "\"AWS_INSTANCE_IPV4\":\"10.0.0\"", "The value of the attribute AWS_INSTANCE_IPV4 must be an IPv4 address"},
    {"", "\"AWS_INSTANCE_IPV6\":\"10.0.0.1\"", "The value of the attribute AWS_INSTANCE_IPV6 must be an IPv6 address"},
    {"", "\"AWS_INSTANCE_PORT\":\"0\"", "The value of the attribute AWS_INSTANCE_PORT must be a port, 1 to 65535"},
    {"", "\"AWS_INSTANCE_PORT\":\"65536\"", "The value of the attribute AWS_INSTANCE_PORT must be a port, 1 to 65535"},
    {"", "\"AWS_INSTANCE_PORT\":\"8x\"", "The value of the attribute AWS_INSTANCE_PORT must be a port, 1 to 65535"},
    {"", "\"AWS_INSTANCE_PORT\":\"65535\"", ""},
    {A, V4, ""},
    {A, V6, "A service with an A record needs the attribute AWS_INSTANCE_IPV4 in each instance"},
    {BOTH, V4 "," V6, ""},
    {BOTH, V4, "A service with an AAAA record needs the attribute AWS_INSTANCE_IPV6 in each instance"},
    {SRV, V6 "," PORT, ""},
    {SRV, V4, "A service with an SRV record needs the attribute AWS_INSTANCE_PORT in each instance"},
    {SRV, PORT, "A service with an SRV record needs the attribute AWS_INSTANCE_IPV4 or AWS_INSTANCE_IPV6 in each instance"},
    {CNAME, "\"AWS_INSTANCE_CNAME\":\"a.example\"", ""},
    {CNAME, V4, "A service with a CNAME record needs the attribute AWS_INSTANCE_CNAME in each instance"},
    {A CHECK, V4 "," PORT, ""},
    {A CHECK, V4, "A service with a HealthCheckConfig needs the attribute AWS_INSTANCE_PORT in each instance"},
    {WEIGHTED_A, ALIAS, ""},
    {WEIGHTED_A, ALIAS "," V4, "The attribute AWS_ALIAS_DNS_NAME excludes those that start with AWS_INSTANCE_"},
    {A, ALIAS, "The attribute AWS_ALIAS_DNS_NAME needs a service with A or AAAA records and the routing policy WEIGHTED"},
    {"", EC2, "The attribute AWS_EC2_INSTANCE_ID needs an HTTP namespace"},
};
/* clang-format on */

static void attributes_must_suit_the_service(void **state)
{
    (void)state;
    const char *id = make_namespace("CreatePublicDnsNamespace", "{\"Name\":\"a.example\"}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *service = make_service(id, FORMAT("s%zu", i), rows[i].service);
        const char *error =
            call("RegisterInstance",
                 FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Attributes\":{%s}}", service,
                        rows[i].attributes));
        assert_string_equal(*error ? message() : "", rows[i].complaint);
        assert_string_equal(error, *rows[i].complaint ? "InvalidInput" : "");
    }
}

static void an_ec2_instance_is_known_by_its_id_alone(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    static const struct {
        const char *more, *error;
    } more[] = {
        {"\"AWS_INIT_HEALTH_STATUS\":\"HEALTHY\"", ""            },
        {"\"custom\":\"x\"",                       ""            },
        {V4,                                       "InvalidInput"},
    };
    for (size_t i = 0; i < COUNT(more); i++)
        assert_string_equal(
            call("RegisterInstance",
                 FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Attributes\":{" EC2 ",%s}}",
                        service, more[i].more)),
            more[i].error);
}

/* `count` attributes k0, k1, ... with values of `size` characters. */
static const char *many(int count, int size)
{
    struct buffer text = {0};
    for (int i = 0; i < count; i++)
        buffer_printf(&text, "%s\"k%d\":\"%0*d\"", i ? "," : "", i, size, 0);
    const char *copy = arena_copy(&world.arena, buffer_bytes(&text));
    buffer_clear(&text);
    return copy;
}

static void an_instance_has_thirty_attributes_and_5000_characters_at_most(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    static const struct {
        int count, size;
        const char *error;
    } sizes[] = {
        {30, 1,   ""            },
        {31, 1,   "InvalidInput"},
        {5,  998, ""            },
        {5,  999, "InvalidInput"},
    };
    for (size_t i = 0; i < COUNT(sizes); i++)
        assert_string_equal(
            call("RegisterInstance",
                 FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Attributes\":{%s}}", service,
                        many(sizes[i].count, sizes[i].size))),
            sizes[i].error);
}

/* ---- health ---- */

static const char *health_of(const char *service, const char *instance)
{
    const struct cJSON *answer =
        ask("GetInstancesHealthStatus",
            FORMAT("{\"ServiceId\":\"%s\",\"Instances\":[\"%s\"]}", service, instance));
    return json_string(json_member(answer, "Status"), instance);
}

static void health_is_told_as_the_service_knows_it(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *custom = make_service(id, "custom", CUSTOM);
    const char *route53 = make_service(id, "route53", CHECK);
    const char *none = make_service(id, "none", "");
    make_instance(custom, "i", "{}");
    make_instance(custom, "ill", "{\"AWS_INIT_HEALTH_STATUS\":\"UNHEALTHY\"}");
    make_instance(route53, "i", "{\"AWS_INSTANCE_PORT\":\"1\"}");
    make_instance(none, "i", "{\"AWS_INIT_HEALTH_STATUS\":\"HEALTHY\"}");
    assert_string_equal(health_of(custom, "i"), "HEALTHY");
    assert_string_equal(health_of(custom, "ill"), "UNHEALTHY");
    assert_string_equal(health_of(route53, "i"), "HEALTHY");
    assert_string_equal(health_of(none, "i"), "UNKNOWN");
    set_health(custom, "ill", "HEALTHY");
    assert_string_equal(health_of(custom, "ill"), "HEALTHY");
    assert_string_equal(call("UpdateInstanceCustomHealthStatus",
                             FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Status\":"
                                    "\"HEALTHY\"}",
                                    none)),
                        "CustomHealthNotFound");
    assert_string_equal(call("GetInstancesHealthStatus",
                             FORMAT("{\"ServiceId\":\"%s\",\"Instances\":[\"x\"]}", custom)),
                        "InstanceNotFound");
}

static void all_health_is_listed_by_pages(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", CUSTOM);
    for (int i = 0; i < 3; i++)
        make_instance(service, FORMAT("i%d", i), "{}");
    ask("GetInstancesHealthStatus", FORMAT("{\"ServiceId\":\"%s\",\"MaxResults\":2}", service));
    assert_int_equal(json_size(json_member(world.body, "Status")), 2);
    const char *token = keep(json_string(world.body, "NextToken"));
    ask("GetInstancesHealthStatus",
        FORMAT("{\"ServiceId\":\"%s\",\"NextToken\":\"%s\"}", service, token));
    assert_string_equal(world.text, "{\"Status\":{\"i2\":\"HEALTHY\"}}");
}

static void health_of_given_instances_comes_by_pages_too(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", CUSTOM);
    const char *asked =
        FORMAT("{\"ServiceId\":\"%s\",\"Instances\":[\"b\",\"b\",\"a\",\"c\"]", service);
    for (int i = 0; i < 4; i++)
        make_instance(service, FORMAT("%c", 'a' + i), "{}");
    ask("GetInstancesHealthStatus", FORMAT("%s}", asked));
    assert_string_equal(world.text,
                        "{\"Status\":{\"b\":\"HEALTHY\",\"a\":\"HEALTHY\",\"c\":\"HEALTHY\"}}");
    ask("GetInstancesHealthStatus", FORMAT("%s,\"MaxResults\":3}", asked));
    assert_int_equal(json_size(json_member(world.body, "Status")), 2);
    const char *token = keep(json_string(world.body, "NextToken"));
    ask("GetInstancesHealthStatus", FORMAT("%s,\"NextToken\":\"%s\"}", asked, token));
    assert_string_equal(world.text, "{\"Status\":{\"c\":\"HEALTHY\"}}");
    assert_string_equal(call("GetInstancesHealthStatus",
                             FORMAT("{\"ServiceId\":\"%s\",\"NextToken\":\"%s\"}", service, token)),
                        "InvalidInput");
}

/* ---- discover ---- */

/* The ids found, one after the other. */
static const char *discover(const char *service, const char *more)
{
    struct buffer ids = {0};
    const struct cJSON *answer =
        ask("DiscoverInstances",
            FORMAT("{\"NamespaceName\":\"n\",\"ServiceName\":\"%s\"%s}", service, more));
    const struct cJSON *one = json_first(json_member(answer, "Instances"));
    buffer_text(&ids, "");
    for (; one; one = json_next(one))
        buffer_printf(&ids, "%s ", json_string(one, "InstanceId"));
    const char *text = arena_copy(&world.arena, buffer_bytes(&ids));
    buffer_clear(&ids);
    return text;
}

#define STATUS(status) ",\"HealthStatus\":\"" status "\""

static void make_three(const char *service)
{
    make_instance(service, "a", "{\"color\":\"red\",\"size\":\"1\"}");
    make_instance(service, "b", "{\"color\":\"red\",\"size\":\"2\"}");
    make_instance(service, "c", "{\"color\":\"blue\",\"size\":\"2\"}");
}

static void discovery_finds_what_is_asked_for(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", CUSTOM);
    make_three(service);
    set_health(service, "b", "UNHEALTHY");
    static const struct {
        const char *more, *ids;
    } asked[] = {
        {"",                                                                       "a c "  },
        {STATUS("HEALTHY"),                                                        "a c "  },
        {STATUS("UNHEALTHY"),                                                      "b "    },
        {STATUS("ALL"),                                                            "a b c "},
        {STATUS("HEALTHY_OR_ELSE_ALL"),                                            "a c "  },
        {",\"MaxResults\":1",                                                      "a "    },
        {",\"QueryParameters\":{\"color\":\"blue\"}",                              "c "    },
        {",\"QueryParameters\":{\"color\":\"red\",\"size\":\"2\"}",                ""      },
        {",\"QueryParameters\":{\"color\":\"re\"}",                                ""      },
        {",\"OptionalParameters\":{\"size\":\"2\"}",                               "c "    },
        {",\"OptionalParameters\":{\"size\":\"9\"}",                               "a c "  },
        {",\"OptionalParameters\":{\"color\":\"red\",\"size\":\"2\"}",             "a c "  },
        {STATUS("ALL") ",\"OptionalParameters\":{\"size\":\"2\"}",                 "b c "  },
        {STATUS("HEALTHY_OR_ELSE_ALL") ",\"QueryParameters\":{\"color\":\"red\"}", "a "    },
    };
    for (size_t i = 0; i < COUNT(asked); i++)
        assert_string_equal(discover("s", asked[i].more), asked[i].ids);
    set_health(service, "a", "UNHEALTHY");
    set_health(service, "c", "UNHEALTHY");
    assert_string_equal(discover("s", STATUS("HEALTHY_OR_ELSE_ALL")), "a b c ");
    assert_string_equal(
        discover("s", STATUS("HEALTHY_OR_ELSE_ALL") ",\"OptionalParameters\":{\"size\":\"2\"}"),
        "b c ");
    assert_string_equal(discover("s", ""), "");
}

static void without_a_health_check_health_is_not_asked_for(void **state)
{
    (void)state;
    make_three(make_service(make_http_namespace("n"), "s", ""));
    assert_string_equal(discover("s", ""), "a b c ");
    assert_string_equal(discover("s", STATUS("UNHEALTHY")), "a b c ");
}

static void discovery_of_nothing_says_what_is_missing(void **state)
{
    (void)state;
    make_service(make_http_namespace("n"), "s", "");
    assert_string_equal(
        call("DiscoverInstances", "{\"NamespaceName\":\"x\",\"ServiceName\":\"s\"}"),
        "NamespaceNotFound");
    assert_string_equal(
        call("DiscoverInstances", "{\"NamespaceName\":\"n\",\"ServiceName\":\"x\"}"),
        "ServiceNotFound");
    assert_string_equal(call("DiscoverInstances", "{\"NamespaceName\":\"n\",\"ServiceName\":\"s\","
                                                  "\"OwnerAccount\":\"999999999999\"}"),
                        "NamespaceNotFound");
    assert_string_equal(discover("s", ",\"OwnerAccount\":\"123456789012\""), "");
}

static void health_leaves_the_revision_alone(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", CUSTOM);
    make_instance(service, "i", "{}");
    int64_t before = revision();
    set_health(service, "i", "UNHEALTHY");
    assert_int_equal(revision(), before);
}

/* ---- for App Mesh ---- */

/* The ids that App Mesh would send traffic to. */
static const char *healthy(const char *namespace_name, const char *service)
{
    struct store_txn *reader = NULL;
    struct cJSON *found = json_new_array();
    struct buffer ids = {0};
    assert_int_equal(store_read(world.store, &reader), OK);
    assert_int_equal(
        cloudmap_healthy(reader, &world.arena, &WORLD_SCOPE, namespace_name, service, found), OK);
    store_reader_free(reader);
    buffer_text(&ids, "");
    for (const struct cJSON *one = json_first(found); one; one = json_next(one)) {
        assert_non_null(json_member(one, "Attributes"));
        buffer_printf(&ids, "%s ", json_string(one, "Id"));
    }
    const char *text = arena_copy(&world.arena, buffer_bytes(&ids));
    buffer_clear(&ids);
    json_free(found);
    return text;
}

static void app_mesh_gets_all_but_the_unhealthy(void **state)
{
    (void)state;
    assert_string_equal(healthy("n", "s"), ""); /* nothing was ever stored */
    const char *id = make_http_namespace("n");
    const char *service = make_service(id, "s", CUSTOM);
    make_three(service);
    set_health(service, "b", "UNHEALTHY");
    make_three(make_service(id, "unchecked", ""));
    assert_string_equal(healthy("n", "s"), "a c ");
    assert_string_equal(healthy("n", "unchecked"), "a b c ");
    assert_string_equal(healthy("n", "x"), "");
    assert_string_equal(healthy("x", "s"), "");
}

static int changes_heard;

static void hear(void *context, struct store_changes *changes)
{
    (void)context;
    for (size_t i = 0; i < changes->count; i++) {
        const struct store_change *change = &changes->items[i];
        assert_int_equal(change->path.kind, KIND_NONE);
        assert_string_equal(change->scope.account, "123456789012");
        assert_string_equal(change->scope.region, "us-west-2");
        assert_string_equal(change->namespace_name, "n");
        assert_string_equal(change->service, "s");
        changes_heard++;
    }
    store_changes_free(changes);
}

static void each_change_of_instances_is_told_by_name(void **state)
{
    (void)state;
    changes_heard = 0;
    store_listen(world.store, hear, NULL);
    const char *service = make_service(make_http_namespace("n"), "s", CUSTOM);
    assert_int_equal(changes_heard, 0);
    make_instance(service, "i", "{}");
    assert_int_equal(changes_heard, 1);
    set_health(service, "i", "UNHEALTHY");
    assert_int_equal(changes_heard, 2);
    ask("DeregisterInstance", in_service(service, "i"));
    assert_int_equal(changes_heard, 3);
    call("DeregisterInstance", in_service(service, "i"));
    assert_int_equal(changes_heard, 3);
}

/* ---- operations that wait ---- */

static void stop_loop(void *context)
{
    loop_stop(context);
}

/* Lets the loop run until the operation has come to its end. */
static void wait_for(const char *id)
{
    struct loop_timer timer = {.due = stop_loop, .context = world.loop};
    while (strcmp(operation(id, "Status"), "PENDING") == 0) {
        loop_timer_start(world.loop, &timer, 5);
        loop_run(world.loop);
    }
}

static void an_effect_that_waits_comes_with_its_operation(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    world_close();
    world_open(50);
    make_instance(service, "i", "{}");
    const char *id = operation_id();
    assert_string_equal(operation(id, "Status"), "PENDING");
    assert_string_equal(call("GetInstance", in_service(service, "i")), "InstanceNotFound");
    assert_string_equal(
        call("RegisterInstance",
             FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"i\",\"Attributes\":{}}", service)),
        "DuplicateRequest");
    assert_string_equal(json_string(world.body, "DuplicateOperationId"), id);
    assert_string_equal(
        message(),
        FORMAT("Another operation of type RegisterInstance and id %s is in progress", id));
    wait_for(id);
    assert_string_equal(operation(id, "Status"), "SUCCESS");
    ask("GetInstance", in_service(service, "i"));
}

static void several_that_wait_are_all_finished(void **state)
{
    (void)state;
    const char *service = make_service(make_http_namespace("n"), "s", "");
    const char *ids[3];
    world_close();
    world_open(20);
    for (size_t i = 0; i < COUNT(ids); i++) {
        make_instance(service, FORMAT("i%zu", i), "{}");
        ids[i] = operation_id();
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        wait_for(ids[i]);
    assert_int_equal(instance_count(service), 3);
}

static void what_can_no_longer_be_done_fails(void **state)
{
    (void)state;
    const char *namespace_id = make_http_namespace("n");
    world_close();
    world_open(30);
    ask("DeleteNamespace", FORMAT("{\"Id\":\"%s\"}", namespace_id));
    const char *id = operation_id();
    make_service(namespace_id, "s", "");
    wait_for(id);
    assert_string_equal(operation(id, "Status"), "FAIL");
    assert_string_equal(operation(id, "ErrorMessage"),
                        "Namespace has associated services; delete the services before deleting "
                        "the namespace");
}

static void a_start_finishes_what_an_earlier_run_left(void **state)
{
    (void)state;
    world_close();
    world_open(3600 * 1000);
    ask("CreateHttpNamespace", "{\"Name\":\"n\",\"CreatorRequestId\":\"c\"}");
    const char *id = operation_id();
    ask("CreateHttpNamespace", "{\"Name\":\"n\",\"CreatorRequestId\":\"c\"}");
    assert_string_equal(operation_id(), id);
    assert_int_equal(json_size(json_member(ask("ListNamespaces", "{}"), "Namespaces")), 0);
    const char *namespace_id = keep(json_string(
        json_member(
            json_member(ask("GetOperation", FORMAT("{\"OperationId\":\"%s\"}", id)), "Operation"),
            "Targets"),
        "NAMESPACE"));
    world_close();
    world_open(0);
    assert_string_equal(operation(id, "Status"), "SUCCESS");
    ask("GetNamespace", FORMAT("{\"Id\":\"%s\"}", namespace_id));
}

static void an_update_sent_again_while_it_waits_is_the_same_operation(void **state)
{
    (void)state;
    const char *id = make_http_namespace("n");
    const char *input = FORMAT(
        "{\"Id\":\"%s\",\"UpdaterRequestId\":\"u\",\"Namespace\":{\"Description\":\"d\"}}", id);
    world_close();
    world_open(3600 * 1000);
    ask("UpdateHttpNamespace", input);
    const char *first = operation_id();
    ask("UpdateHttpNamespace", input);
    assert_string_equal(operation_id(), first);
    assert_string_equal(call("DeleteNamespace", FORMAT("{\"Id\":\"%s\"}", id)), "DuplicateRequest");
}

/* As an operation is stored; the first that a store ever had, by its time. */
static void store_old_operation(const char *key, const char *id, const char *status)
{
    struct store_txn *txn = NULL;
    uint64_t place;
    assert_int_equal(store_begin(world.store, &txn), OK);
    assert_int_equal(store_scope(txn, &WORLD_SCOPE, &place), OK);
    const char *text = FORMAT("{\"Id\":\"%s\",\"Status\":\"%s\"}", id, status);
    assert_int_equal(
        store_end(txn, store_document_put(txn, DOCUMENT_OPERATION, place, key, bytes_of(text))),
        OK);
}

static void an_operation_is_forgotten_after_a_day_but_not_while_it_waits(void **state)
{
    (void)state;
    make_http_namespace("n");
    store_old_operation("00000001-a", "a-00000001", "PENDING");
    store_old_operation("00000002-b", "b-00000002", "SUCCESS");
    make_http_namespace("m");
    assert_string_equal(operation("a-00000001", "Status"), "PENDING");
    assert_string_equal(call("GetOperation", "{\"OperationId\":\"b-00000002\"}"),
                        "OperationNotFound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_instance_lives_from_register_to_deregister),
        WORLD_TEST(registering_again_replaces_and_is_counted_once),
        WORLD_TEST(instances_of_services_are_kept_apart),
        WORLD_TEST(an_id_too_long_to_be_stored_is_not_found),
        WORLD_TEST(attributes_must_suit_the_service),
        WORLD_TEST(an_ec2_instance_is_known_by_its_id_alone),
        WORLD_TEST(an_instance_has_thirty_attributes_and_5000_characters_at_most),
        WORLD_TEST(health_is_told_as_the_service_knows_it),
        WORLD_TEST(all_health_is_listed_by_pages),
        WORLD_TEST(health_of_given_instances_comes_by_pages_too),
        WORLD_TEST(discovery_finds_what_is_asked_for),
        WORLD_TEST(without_a_health_check_health_is_not_asked_for),
        WORLD_TEST(discovery_of_nothing_says_what_is_missing),
        WORLD_TEST(health_leaves_the_revision_alone),
        WORLD_TEST(app_mesh_gets_all_but_the_unhealthy),
        WORLD_TEST(each_change_of_instances_is_told_by_name),
        WORLD_TEST(an_effect_that_waits_comes_with_its_operation),
        WORLD_TEST(several_that_wait_are_all_finished),
        WORLD_TEST(what_can_no_longer_be_done_fails),
        WORLD_TEST(a_start_finishes_what_an_earlier_run_left),
        WORLD_TEST(an_update_sent_again_while_it_waits_is_the_same_operation),
        WORLD_TEST(an_operation_is_forgotten_after_a_day_but_not_while_it_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
