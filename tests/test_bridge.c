/* SPDX-License-Identifier: Apache-2.0
 *
 * The bridge on a thread of its own, a store, and a client that reads nothing. What the thread asks
 * of Cloud Map stands at a gate, so that letters wait for as long as a test wants.
 */
#include "test.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include <envoy/service/discovery/v3/discovery.pb-c.h>

#include "bridge.h"
#include "clock.h"
#include "http2_client.h"
#include "log.h"
#include "message.h"
#include "scratch.h"

#define PATIENCE_MS 60000
#define ADS "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"

/* front calls back, which one of the colours provides; cloudy calls clouds, which is in Cloud Map.
 */
#define NODE(discovery, backend)                                                                   \
    "{\"listeners\":[{\"portMapping\":{\"port\":8080,\"protocol\":\"http\"}}],"                    \
    "\"serviceDiscovery\":{" discovery "},"                                                        \
    "\"backends\":[" backend "]}"
#define BACKEND(service) "{\"virtualService\":{\"virtualServiceName\":\"" service "\"}}"
#define DNS "\"dns\":{\"hostname\":\"h\"}"
#define CLOUD_MAP "\"awsCloudMap\":{\"namespaceName\":\"space\",\"serviceName\":\"service\"}"
#define PROVIDER(node) "{\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"" node "\"}}}"
#define FRONT "mesh/m/virtualNode/front"
#define CLOUDY "mesh/m/virtualNode/cloudy"

static const struct scope home = {"123456789012", "us-west-2"};

/* ---- the gate ---- */

static struct {
    atomic_bool is_shut;
    sem_t arrived, opened;
} gate;

static enum status instances(struct store_txn *txn, struct arena *arena, const struct scope *scope,
                             const char *namespace_name, const char *service, struct cJSON *out)
{
    (void)txn, (void)arena, (void)scope, (void)namespace_name, (void)service, (void)out;
    if (atomic_exchange(&gate.is_shut, false)) {
        sem_post(&gate.arrived);
        sem_wait(&gate.opened);
    }
    return OK;
}

/* ---- a world ---- */

struct world {
    struct scratch scratch;
    struct arena arena;
    struct loop *loop;
    struct loop_timer tick;
    int64_t started_ms;
    struct store *store;
    struct store_txn *batch;
    uint64_t mesh;
    struct bridge *bridge;
    struct client *client;
    struct buffer answer; /* of the last question */
    enum status status;
    int answers;
    bool is_stopped;
};

#define WAIT(world, condition)                                                                     \
    do {                                                                                           \
        while (!(condition)) {                                                                     \
            if (clock_monotonic_ms() - (world)->started_ms > PATIENCE_MS)                          \
                fail_msg("waited in vain for: %s", #condition);                                    \
            loop_run((world)->loop);                                                               \
        }                                                                                          \
    } while (0)

static void tick(void *context)
{
    struct world *world = context;
    loop_timer_start(world->loop, &world->tick, 0);
    loop_stop(world->loop);
}

static uint64_t put(struct world *world, enum kind kind, uint64_t parent, const char *name,
                    const char *spec)
{
    struct store_row row;
    uint64_t id = 0;
    if (store_get(world->batch, kind, parent, name, &row) == OK)
        id = row.id;
    assert_int_equal(
        store_put(world->batch, kind, parent, name, id, BYTES("{\"a\":1"), bytes_of(spec), &id),
        OK);
    return id;
}

static void begin(struct world *world)
{
    assert_int_equal(store_begin(world->store, &world->batch), OK);
}

static void commit(struct world *world)
{
    assert_int_equal(store_end(world->batch, OK), OK);
}

static void put_mesh(struct world *world)
{
    static const struct {
        enum kind kind;
        const char *name, *spec;
    } rows[] = {
        {KIND_VIRTUAL_NODE,   "front", NODE(DNS,          BACKEND("back"))},
        {KIND_VIRTUAL_NODE,                   "cloudy",          NODE(DNS, BACKEND("clouds"))},
        {KIND_VIRTUAL_NODE, "blue",        NODE(DNS,         "")},
        {KIND_VIRTUAL_NODE,           "green",        NODE(DNS,                 "")},
        {KIND_VIRTUAL_NODE,  "cloud",NODE(CLOUD_MAP,"")},
        {KIND_VIRTUAL_SERVICE,   "back",  PROVIDER("blue")           },
        {KIND_VIRTUAL_SERVICE,                   "clouds",       PROVIDER("cloud")               },
    };
    uint64_t scope;
    assert_int_equal(store_scope_make(world->batch, &home, &scope), OK);
    world->mesh = put(world, KIND_MESH, scope, "m", "{}");
    for (size_t i = 0; i < COUNT(rows); i++)
        put(world, rows[i].kind, world->mesh, rows[i].name, rows[i].spec);
}

static void open_store(struct world *world)
{
    const char *reason = "";
    scratch_make(&world->scratch);
    const struct store_options options = {.directory = world->scratch.path,
                                          .durability = STORE_PROCESS,
                                          .map_size = (uint64_t)64 << 30};
    world->store = store_open(&options, &world->arena, &reason);
    assert_string_equal(reason, "");
    begin(world);
    put_mesh(world);
    commit(world);
}

static void start_bridge(struct world *world)
{
    static const char *const addresses[] = {"127.0.0.1:0", NULL};
    const char *reason = "";
    const struct bridge_options options = {
        .addresses = addresses,
        .scope = home,
        .instances = instances,
        .certificates = certificates_load(NULL, NULL, &world->arena, &reason),
    };
    world->bridge = bridge_start(world->loop, world->store, &options, &world->arena, &reason);
    assert_non_null(world->bridge);
}

/* ---- questions ---- */

static void note_answer(void *context, enum status status, struct bytes text)
{
    struct world *world = context;
    buffer_clear(&world->answer);
    buffer_append(&world->answer, text.data, text.size);
    world->status = status;
    world->answers++;
}

static void ask(struct world *world, enum bridge_topic topic, const char *id)
{
    static const char *const values[SETTING_COUNT];
    bridge_ask(world->bridge, topic, id, values, note_answer, world);
}

/* However long it takes on a busy machine. */
static const char *answer(struct world *world, enum bridge_topic topic, const char *id)
{
    do {
        const int before = world->answers;
        ask(world, topic, id);
        WAIT(world, world->answers > before);
    } while (world->status == ERR_UNAVAILABLE);
    return world->answer.data;
}

/* Keeps the thread at the gate: a question that it will answer once it is opened. */
static void shut_gate(struct world *world)
{
    atomic_store(&gate.is_shut, true);
    ask(world, BRIDGE_CONFIG, CLOUDY);
    sem_wait(&gate.arrived);
}

static void open_gate(struct world *world, int answers)
{
    sem_post(&gate.opened);
    WAIT(world, world->answers == answers);
}

/* ---- set-up ---- */

static void connect_front(struct world *world)
{
    struct buffer address = {0};
    Envoy__DiscoveryRequest *request =
        MESSAGE(&world->arena, Envoy__DiscoveryRequest, envoy__discovery_request);
    request->node = MESSAGE(&world->arena, Envoy__Node, envoy__node);
    request->node->id = FRONT;
    request->type_url = xds_types[XDS_CLUSTER].url;
    bridge_print_addresses(world->bridge, &address);
    world->client = client_new(world->loop, address.data, 0);
    client_send(world->client, client_open(world->client, ADS),
                message_pack(&world->arena, &request->base));
    while (strcmp(answer(world, BRIDGE_COUNT, NULL), "1") != 0)
        assert_true(clock_monotonic_ms() - world->started_ms < PATIENCE_MS);
    buffer_clear(&address);
}

static int setup(void **state)
{
    struct world *world = memory_new(sizeof(*world));
    *state = world;
    sem_init(&gate.arrived, 0, 0);
    sem_init(&gate.opened, 0, 0);
    world->started_ms = clock_monotonic_ms();
    world->loop = loop_new();
    world->tick = (struct loop_timer){.due = tick, .context = world};
    loop_timer_start(world->loop, &world->tick, 0);
    open_store(world);
    start_bridge(world);
    connect_front(world);
    return 0;
}

static void note_stop(void *context)
{
    ((struct world *)context)->is_stopped = true;
}

static int teardown(void **state)
{
    struct world *world = *state;
    bridge_stop(world->bridge, 1, note_stop, world);
    WAIT(world, world->is_stopped);
    bridge_free(world->bridge);
    client_free(world->client);
    store_close(world->store);
    loop_timer_stop(&world->tick);
    loop_free(world->loop);
    scratch_clear(&world->scratch);
    buffer_clear(&world->answer);
    arena_clear(&world->arena);
    free(world);
    return 0;
}

/* ---- tests ---- */

static void a_question_that_waits_too_long_is_unavailable_and_its_answer_is_dropped(void **state)
{
    struct world *world = *state;
    const int before = world->answers;
    shut_gate(world);
    ask(world, BRIDGE_COUNT, NULL);
    WAIT(world, world->answers == before + 2);
    assert_int_equal(world->status, ERR_UNAVAILABLE);
    open_gate(world, before + 2);
    assert_string_equal(answer(world, BRIDGE_COUNT, NULL), "1");
    assert_int_equal(world->status, OK);
    assert_int_equal(world->answers, before + 3);
}

static void a_question_after_a_change_sees_it(void **state)
{
    struct world *world = *state;
    assert_non_null(strstr(answer(world, BRIDGE_CONFIG, FRONT), "cds_egress_m_blue_http_8080"));
    for (int i = 0; i < 20; i++) {
        begin(world);
        put(world, KIND_VIRTUAL_SERVICE, world->mesh, "back",
            i % 2 ? PROVIDER("blue") : PROVIDER("green"));
        commit(world);
        assert_non_null(
            strstr(answer(world, BRIDGE_CONFIG, FRONT),
                   i % 2 ? "cds_egress_m_blue_http_8080" : "cds_egress_m_green_http_8080"));
    }
}

/* More than STORE_CHANGES_MAX; the last is among those that no letter names. */
static void more_changes_than_may_wait_are_told_as_anything_and_none_is_lost(void **state)
{
    struct world *world = *state;
    const int before = world->answers;
    shut_gate(world);
    for (int i = 0; i < STORE_CHANGES_MAX / 1000 + 2; i++) {
        begin(world);
        for (int n = 0; n < 1000; n++) {
            char name[32];
            snprintf(name, sizeof(name), "node-%d-%d", i, n);
            put(world, KIND_VIRTUAL_NODE, world->mesh, name, "{}");
        }
        commit(world);
    }
    begin(world);
    put(world, KIND_VIRTUAL_SERVICE, world->mesh, "back", PROVIDER("green"));
    commit(world);
    open_gate(world, before + 1);
    assert_non_null(strstr(answer(world, BRIDGE_CONFIG, FRONT), "cds_egress_m_green_http_8080"));
    begin(world);
    put(world, KIND_VIRTUAL_SERVICE, world->mesh, "back", PROVIDER("blue"));
    commit(world);
    assert_non_null(strstr(answer(world, BRIDGE_CONFIG, FRONT), "cds_egress_m_blue_http_8080"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_question_that_waits_too_long_is_unavailable_and_its_answer_is_dropped),
        TEST(a_question_after_a_change_sees_it),
        TEST(more_changes_than_may_wait_are_told_as_anything_and_none_is_lost),
    };
    log_configure(LOG_OFF, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
