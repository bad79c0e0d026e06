/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams and clients that take steps by chance, for many seeds: states change, messages lie on
 * their way in either direction, responses are refused, connections break. What must hold at each
 * step is asserted there; when all is quiet in the end, the client has what the state says.
 *
 * The client does as Envoy does: it asks for all of CDS and LDS, and for what those name of the
 * other types. A cluster or listener that it takes anew works only once these have come after it.
 */
#include "test.h"

#include "ads_peer.h"

#define SEEDS 200
#define STEPS 300
#define QUEUE 256
#define NAMES 128 /* a resource's name is one letter */
#define FIRST 'a'
#define LAST 'z'

/* ---- chance ---- */

static uint64_t chance;

static unsigned below(unsigned limit)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)(chance >> 33) % limit;
}

/* ---- states ---- */

#define CLUSTERS "abcd"
#define WITH_ENDPOINTS "ab"
#define LISTENERS "lm"
#define ROUTES "rq"
#define SECRETS "st"
#define GOOD 3 /* contents below it are taken */
#define BAD 9  /* the last digit of one that is refused, with all that comes with it */

/* Some of the letters, as what a resource names; which they are is part of its content. */
static unsigned add_uses(struct buffer *uses, const char *type, const char *letters,
                         const char *there)
{
    unsigned which = 0;
    for (unsigned place = 0; letters[place] != '\0'; place++)
        if (strchr(there, letters[place]) != NULL && below(2) == 0) {
            buffer_printf(uses, " %s:%c", type, letters[place]);
            which |= 1u << place;
        }
    return which;
}

static void add_resource(struct buffer *text, const char *type, char name, unsigned content,
                         struct buffer *uses)
{
    buffer_printf(text, "%s %c %u%s; ", type, name, content, uses->size > 0 ? uses->data : "");
    buffer_clear(uses);
}

static void add_clusters(struct buffer *text, unsigned contents, char *there)
{
    struct buffer uses = {0};
    for (const char *name = CLUSTERS; *name != '\0'; name++) {
        if (below(3) == 0)
            continue;
        *there++ = *name;
        if (strchr(WITH_ENDPOINTS, *name) != NULL) {
            add_resource(text, "EDS", *name, below(GOOD), &uses);
            buffer_printf(&uses, " EDS:%c SDS:s", *name);
        }
        add_resource(text, "CDS", *name, below(contents), &uses);
    }
}

/* Resources are there or not; what one names is there, as translations have it. */
static const char *random_state(struct arena *arena, unsigned contents)
{
    struct buffer text = {0}, uses = {0};
    char clusters[sizeof(CLUSTERS)] = "";
    add_clusters(&text, contents, clusters);
    for (const char *name = ROUTES; *name != '\0'; name++) {
        const unsigned which = add_uses(&uses, "CDS", CLUSTERS, clusters);
        add_resource(&text, "RDS", *name, below(contents) + 10 * which, &uses);
    }
    for (const char *name = LISTENERS; *name != '\0'; name++) {
        unsigned which = add_uses(&uses, "RDS", ROUTES, ROUTES);
        which = 4 * which + add_uses(&uses, "SDS", SECRETS, SECRETS);
        which = 16 * which + add_uses(&uses, "CDS", CLUSTERS, clusters);
        if (below(4) > 0)
            add_resource(&text, "LDS", *name, below(contents) + 10 * which, &uses);
        buffer_clear(&uses);
    }
    for (const char *name = SECRETS; *name != '\0'; name++)
        add_resource(&text, "SDS", *name, below(GOOD), &uses);
    const char *out = arena_copy(arena, buffer_bytes(&text));
    buffer_clear(&text);
    return out;
}

/* ---- a client, its stream and what is on its way between them ---- */

struct thing {
    bool is_there;
    int content;
    uint64_t version;
    uint32_t uses[XDS_TYPE_COUNT]; /* a bit for each letter */
    bool is_awaited;               /* whoever names it was taken anew */
};

struct parcel {
    enum xds_type type;
    uint64_t version, nonce;
    struct thing things[NAMES];
    bool is_removed[NAMES];
};

struct client {
    bool is_delta;
    struct thing things[XDS_TYPE_COUNT][NAMES];
    uint64_t versions[XDS_TYPE_COUNT];
    bool
        is_excused; /* from gaps: what it refused, or state of the world lost at a new connection */

    /* of one connection */
    struct ads *ads;
    struct arena arena;
    int64_t now_ms;
    uint64_t nonces[XDS_TYPE_COUNT];
    uint32_t asked[XDS_TYPE_COUNT];
    bool is_open[XDS_TYPE_COUNT];
    bool is_flying[XDS_TYPE_COUNT]; /* a response without an answer */
    struct parcel *down[QUEUE];
    struct request *up[QUEUE];
    size_t down_count, up_count;
};

static uint32_t bit(char name)
{
    return 1u << (name - FIRST);
}

static bool is_whole(enum xds_type type)
{
    return type == XDS_CLUSTER || type == XDS_LISTENER;
}

/* ---- the stream's steps ---- */

static int content_of(const struct xds_resource *resource)
{
    ProtobufCMessage *message =
        protobuf_c_message_unpack(&envoy__cluster__descriptor, NULL, resource->message.size,
                                  (const uint8_t *)resource->message.data);
    const int content = (int)((const Envoy__Cluster *)message)->lb_policy;
    protobuf_c_message_free_unpacked(message, NULL);
    return content;
}

static void put_in(struct parcel *parcel, const struct xds_resource *resource)
{
    struct thing *thing = &parcel->things[(size_t)resource->name[0]];
    assert_false(thing->is_there); /* no name twice */
    *thing = (struct thing){true, content_of(resource), resource->version, {0}, false};
    for (size_t i = 0; i < resource->use_count; i++)
        thing->uses[resource->uses[i].type] |= bit(resource->uses[i].name[0]);
}

static void server_sends(struct client *client, unsigned most)
{
    struct ads_response response;
    while (most-- > 0 && client->down_count < QUEUE &&
           ads_next(client->ads, &client->arena, client->now_ms, &response)) {
        struct parcel *parcel = arena_new(&client->arena, sizeof(*parcel));
        *parcel = (struct parcel){.type = response.type};
        parcel->version = response.version;
        parcel->nonce = response.nonce;
        assert_false(client->is_flying[response.type]); /* one of a type */
        client->is_flying[response.type] = true;
        for (size_t i = 0; i < response.count; i++)
            put_in(parcel, response.resources[i]);
        for (size_t i = 0; i < response.removed_count; i++)
            parcel->is_removed[(size_t)response.removed[i][0]] = true;
        client->down[client->down_count++] = parcel;
    }
}

static void server_takes(struct client *client, const char *state)
{
    struct snapshot *snapshot = peer_snapshot(state);
    ads_take(client->ads, snapshot);
    snapshot_unref(snapshot);
}

static void server_reads(struct client *client)
{
    struct ads_event event;
    const char *reason;
    const struct request *request = client->up[0];
    memmove(client->up, client->up + 1, --client->up_count * sizeof(client->up[0]));
    assert_int_equal(ads_receive(client->ads, request, 1, &client->arena, &event, &reason),
                     GRPC_OK);
    const bool begins_anew = !client->is_delta && request->nonce[0] == '\0';
    if (begins_anew || event.what == ADS_ACKED || event.what == ADS_REFUSED)
        client->is_flying[event.type] = false;
}

/* ---- what the client says ---- */

static const char *print(struct client *client, uint64_t version)
{
    char *text = arena_new(&client->arena, ADS_VERSION_SIZE);
    return version == 0 ? "" : ads_print_version(version, text);
}

static const char *name_text(struct client *client, char name)
{
    return arena_copy(&client->arena, (struct bytes){&name, 1});
}

static const char *const *list(struct client *client, uint32_t names, size_t *out_count)
{
    const char **out = arena_new(&client->arena, NAMES * sizeof(*out));
    *out_count = 0;
    for (char name = FIRST; name <= LAST; name++)
        if (names & bit(name))
            out[(*out_count)++] = name_text(client, name);
    return out;
}

static const struct held_version *holdings(struct client *client, enum xds_type type,
                                           size_t *out_count)
{
    struct held_version *held = arena_new(&client->arena, NAMES * sizeof(*held));
    *out_count = 0;
    for (char name = FIRST; name <= LAST; name++)
        if (client->things[type][(size_t)name].is_there)
            held[(*out_count)++] = (struct held_version){
                name_text(client, name), print(client, client->things[type][(size_t)name].version)};
    return held;
}

static uint32_t wanted(const struct client *client, enum xds_type type)
{
    uint32_t names = 0;
    for (size_t name = FIRST; !is_whole(type) && name <= LAST; name++)
        names |= client->things[XDS_CLUSTER][name].uses[type] |
                 client->things[XDS_LISTENER][name].uses[type];
    return names;
}

static void write_names(struct client *client, enum xds_type type, struct request *request)
{
    const uint32_t names = wanted(client, type), before = client->asked[type];
    if (!client->is_delta) {
        request->names = list(client, names, &request->name_count);
        request->version = print(client, client->versions[type]);
        return;
    }
    request->names = list(client, names & ~before, &request->name_count);
    request->unsubscribed = list(client, before & ~names, &request->unsubscribed_count);
    if (!client->is_open[type])
        request->held = holdings(client, type, &request->held_count);
}

/* answers: the last response; refusal: NULL to accept it. */
static void say(struct client *client, enum xds_type type, bool answers, const char *refusal)
{
    struct request *request = arena_new(&client->arena, sizeof(*request));
    *request = (struct request){
        .type_url = xds_types[type].url, .nonce = "", .version = "", .refusal = refusal};
    if (client->nonces[type] != 0 && (answers || !client->is_delta))
        request->nonce = arena_printf(&client->arena, "%" PRIu64, client->nonces[type]);
    write_names(client, type, request);
    client->asked[type] = wanted(client, type);
    client->is_open[type] = true;
    assert_true(client->up_count < QUEUE);
    client->up[client->up_count++] = request;
}

/* What nobody names any more is forgotten and given up; what is named now is asked for. */
static void say_what_is_wanted(struct client *client)
{
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++) {
        const uint32_t names = wanted(client, type);
        for (char name = FIRST; !is_whole(type) && name <= LAST; name++)
            if (!(names & bit(name)))
                client->things[type][(size_t)name] = (struct thing){0};
        if (names != client->asked[type])
            say(client, type, false, NULL);
    }
}

/* ---- the client takes a response ---- */

static bool is_bad(const struct parcel *parcel)
{
    for (size_t name = FIRST; name <= LAST; name++)
        if (parcel->things[name].content % 10 == BAD)
            return true;
    return false;
}

/* A cluster is there before anybody routes to it, and as long as somebody does. */
static void assert_no_gap(const struct client *client)
{
    uint32_t routed = 0;
    for (size_t name = FIRST; name <= LAST; name++)
        routed |= client->things[XDS_LISTENER][name].uses[XDS_CLUSTER] |
                  client->things[XDS_ROUTE][name].uses[XDS_CLUSTER];
    for (char name = FIRST; name <= LAST; name++)
        if (routed & bit(name))
            assert_true(client->things[XDS_CLUSTER][(size_t)name].is_there);
}

static void await(struct client *client, const struct thing *user)
{
    for (enum xds_type type = XDS_ENDPOINT; type < XDS_TYPE_COUNT; type++)
        for (char name = FIRST; name <= LAST; name++)
            if (user->uses[type] & bit(name))
                client->things[type][(size_t)name].is_awaited = true;
}

static void take_thing(struct client *client, enum xds_type type, char name,
                       const struct thing *came)
{
    struct thing *mine = &client->things[type][(size_t)name];
    const bool is_new = !mine->is_there || mine->content != came->content;
    *mine = *came;
    if (is_whole(type) && is_new)
        await(client, came);
}

static void apply(struct client *client, const struct parcel *parcel)
{
    const enum xds_type type = parcel->type;
    for (char name = FIRST; name <= LAST; name++) {
        const struct thing *came = &parcel->things[(size_t)name];
        const bool is_left_out = !client->is_delta && is_whole(type) && !came->is_there;
        if (is_left_out || parcel->is_removed[(size_t)name])
            client->things[type][(size_t)name] = (struct thing){0};
        else if (came->is_there && (is_whole(type) || client->asked[type] & bit(name)))
            take_thing(client, type, name, came);
    }
}

/* State of the world has one version for all names. Envoy notes that of a response of which it has
 * given up a part meanwhile, too; asked for again and lost with the connection, that part would not
 * be sent again before it changes. No server can tell, so this client does not do it. */
static bool takes_all(const struct client *client, const struct parcel *parcel)
{
    for (char name = FIRST; !is_whole(parcel->type) && name <= LAST; name++)
        if (parcel->things[(size_t)name].is_there && !(client->asked[parcel->type] & bit(name)))
            return false;
    return true;
}

static void client_reads(struct client *client)
{
    const struct parcel *parcel = client->down[0];
    memmove(client->down, client->down + 1, --client->down_count * sizeof(client->down[0]));
    client->nonces[parcel->type] = parcel->nonce;
    if (is_bad(parcel)) {
        client->is_excused = true;
        say(client, parcel->type, true, "bad");
        return;
    }
    if (takes_all(client, parcel))
        client->versions[parcel->type] = parcel->version;
    apply(client, parcel);
    say(client, parcel->type, true, NULL);
    say_what_is_wanted(client);
    if (!client->is_excused)
        assert_no_gap(client);
}

/* ---- connections ---- */

static void break_off(struct client *client)
{
    ads_free(client->ads);
    arena_clear(&client->arena);
    *client = (struct client){.is_delta = client->is_delta,
                              .is_excused = client->is_excused || !client->is_delta};
}

/* The first requests come in one breath. Whoever still waits for something lets its time run out:
 * what the versions say that it has is not sent again. */
static void connect_to(struct client *client, const char *state)
{
    client->now_ms = 1000;
    client->ads = ads_new(client->is_delta, XDS_TYPE_COUNT);
    server_takes(client, state);
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++) {
        for (size_t name = FIRST; name <= LAST; name++)
            client->things[type][name].is_awaited = false;
        if (is_whole(type) || wanted(client, type) != 0)
            say(client, type, false, NULL);
    }
    while (client->up_count > 0)
        server_reads(client);
}

static void reconnect(struct client *client, const char *state)
{
    struct client *old = memory_new(sizeof(*old));
    *old = *client;
    break_off(client);
    memcpy(client->things, old->things, sizeof(client->things));
    memcpy(client->versions, old->versions, sizeof(client->versions));
    free(old);
    connect_to(client, state);
}

static void settle(struct client *client)
{
    for (int round = 0; round < 1000; round++) {
        server_sends(client, QUEUE);
        if (client->down_count == 0 && client->up_count == 0) {
            if (ads_due_ms(client->ads) < 0)
                return;
            client->now_ms = ads_due_ms(client->ads);
        }
        while (client->down_count > 0)
            client_reads(client);
        while (client->up_count > 0)
            server_reads(client);
    }
    fail_msg("never quiet");
}

/* ---- walks ---- */

static void assert_has(const struct client *client, const char *state)
{
    struct snapshot *snapshot = peer_snapshot(state);
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        for (char name = FIRST; name <= LAST; name++) {
            const struct thing *mine = &client->things[type][(size_t)name];
            const struct xds_resource *there = snapshot_find(snapshot, type, (char[]){name, '\0'});
            if (!is_whole(type) && !(wanted(client, type) & bit(name)))
                there = NULL;
            assert_int_equal(mine->is_there ? mine->content : -1,
                             there != NULL ? content_of(there) : -1);
            assert_false(mine->is_awaited);
        }
    snapshot_unref(snapshot);
}

static bool is_empty(const struct parcel *parcel)
{
    for (size_t name = FIRST; name <= LAST; name++)
        if (parcel->things[name].is_there || parcel->is_removed[name])
            return false;
    return true;
}

/* A wildcard is answered in any case. In state of the world the version of what was given up in
 * part is none that the server knows. */
static void assert_nothing_comes_again(struct client *client)
{
    server_sends(client, QUEUE);
    for (size_t i = 0; i < client->down_count; i++)
        assert_true(is_empty(client->down[i]) ||
                    (!client->is_delta && !is_whole(client->down[i]->type)));
}

static void step(struct client *client)
{
    switch (below(3)) {
    case 0:
        server_sends(client, 1 + below(3));
        break;
    case 1:
        if (client->down_count > 0)
            client_reads(client);
        break;
    default:
        if (client->up_count > 0)
            server_reads(client);
    }
}

static void walk(uint64_t seed, bool is_delta, bool is_rough)
{
    struct arena states = {0};
    struct client *client = memory_new(sizeof(*client));
    client->is_delta = is_delta;
    chance = seed * 0x9E3779B97F4A7C15;
    const char *state = random_state(&states, GOOD);
    connect_to(client, state);
    for (int i = 0; i < STEPS; i++) {
        step(client);
        if (below(10) == 0) {
            state = random_state(&states, is_rough && below(3) == 0 ? BAD + 1 : GOOD);
            server_takes(client, state);
        }
        if (is_rough && below(80) == 0)
            reconnect(client, state);
    }
    state = random_state(&states, GOOD);
    server_takes(client, state);
    settle(client);
    assert_has(client, state);
    reconnect(client, state);
    assert_nothing_comes_again(client);
    break_off(client);
    free(client);
    arena_clear(&states);
}

static void nothing_is_missing_at_any_step(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk(seed, false, false);
        walk(seed, true, false);
    }
}

static void refusals_and_broken_connections_end_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk(seed, false, true);
        walk(seed, true, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missing_at_any_step),
        cmocka_unit_test(refusals_and_broken_connections_end_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
