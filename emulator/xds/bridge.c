/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "loop.h"
#include "mailbox.h"
#include "stream.h"

struct bridge {
    struct loop *api_loop, *loop;
    struct store *store;
    struct scope scope;
    struct mailbox to_xds, to_api;
    atomic_size_t waiting; /* changes in to_xds */
    atomic_bool all_waits; /* a letter in to_xds says that anything may have changed */
    pthread_t thread;
    bool is_running;

    /* the xDS thread's once it runs */
    struct streams streams;
    struct grpc_server **servers;
    size_t server_count, draining;
    struct letter *stop;                      /* answered when all servers are drained */
    struct store_changes *heard, **heard_end; /* not applied yet */
    struct loop_task apply;
};

enum letter_kind { LETTER_CHANGES, LETTER_CERTIFICATES, LETTER_QUESTION, LETTER_STOP };

/* Both ways; what comes back is the letter that was sent. */
struct letter {
    struct mail mail;
    enum letter_kind what;
    struct bridge *bridge;
    struct store_changes *changes;
    struct certificates *certificates;

    enum bridge_topic topic;
    const char *id;
    const char *values[SETTING_COUNT];
    enum status status;
    struct buffer text;
    bridge_answered *answered; /* NULL: nobody waits any more */
    void *context;
    struct loop_timer patience; /* on the API's loop */
    struct arena arena;

    int64_t patience_ms;
    void (*done)(void *);
};

static struct letter *letter_new(struct bridge *bridge, enum letter_kind what)
{
    struct letter *letter = memory_new(sizeof(*letter));
    *letter = (struct letter){.bridge = bridge};
    letter->what = what;
    return letter;
}

static void letter_free(struct letter *letter)
{
    store_changes_free(letter->changes);
    certificates_free(letter->certificates);
    buffer_clear(&letter->text);
    arena_clear(&letter->arena);
    free(letter);
}

/* ---- on the xDS thread ---- */

static void answer_config(struct bridge *bridge, struct letter *letter)
{
    const struct meshes_query query = {letter->id, "", letter->values};
    struct error error = {.arena = &letter->arena};
    struct served_proxy *proxy;
    bool is_elsewhere;
    letter->status = meshes_join(bridge->streams.meshes, &query, &proxy, &is_elsewhere, &error);
    if (letter->status != OK) {
        buffer_text(&letter->text, error.message);
        return;
    }
    dump_snapshot(&letter->text, proxy->snapshot);
    meshes_leave(bridge->streams.meshes, proxy);
}

static void answer_question(struct bridge *bridge, struct letter *letter)
{
    switch (letter->topic) {
    case BRIDGE_PROXIES:
        streams_print(&bridge->streams, &letter->text);
        break;
    case BRIDGE_CONFIG:
        answer_config(bridge, letter);
        break;
    case BRIDGE_METRICS:
        streams_print_metrics(&bridge->streams, &letter->text);
        break;
    case BRIDGE_COUNT:
        buffer_printf(&letter->text, "%zu", bridge->streams.count);
        break;
    }
    mailbox_post(&bridge->to_api, &letter->mail);
}

static void note_drained(void *context)
{
    struct bridge *bridge = context;
    if (--bridge->draining > 0)
        return;
    mailbox_post(&bridge->to_api, &bridge->stop->mail);
    loop_stop(bridge->loop);
}

static void drain(struct bridge *bridge, struct letter *letter)
{
    bridge->stop = letter;
    bridge->draining = bridge->server_count + 1;
    for (size_t i = 0; i < bridge->server_count; i++)
        grpc_drain(bridge->servers[i], letter->patience_ms, note_drained, bridge);
    note_drained(bridge);
}

static void hear(struct bridge *bridge, struct store_changes *changes)
{
    *bridge->heard_end = changes;
    bridge->heard_end = &changes->next;
    loop_defer(bridge->loop, &bridge->apply);
}

static struct store_changes *take_heard(struct bridge *bridge)
{
    struct store_changes *first = bridge->heard;
    bridge->heard = NULL;
    bridge->heard_end = &bridge->heard;
    return first;
}

static void free_changes(struct store_changes *changes)
{
    for (struct store_changes *next; changes != NULL; changes = next) {
        next = changes->next;
        store_changes_free(changes);
    }
}

/* Before the store is read: what is committed from now on is told again. */
static void note_taken(struct bridge *bridge, const struct store_changes *changes)
{
    for (; changes != NULL; changes = changes->next) {
        atomic_fetch_sub(&bridge->waiting, changes->count);
        if (changes->is_all)
            atomic_store(&bridge->all_waits, false);
    }
}

/* Once a round, after all that was ready: what came while proxies were told of the last changes is
 * one change, and nobody waits for writers to pause. */
static void apply_heard(void *context)
{
    struct bridge *bridge = context;
    struct store_changes *changes = take_heard(bridge);
    if (changes == NULL)
        return;
    note_taken(bridge, changes);
    meshes_apply(bridge->streams.meshes, changes, streams_tell, &bridge->streams);
    free_changes(changes);
}

static void receive_on_xds(void *context, struct mail *mail)
{
    struct bridge *bridge = context;
    struct letter *letter = (struct letter *)mail;
    if (letter->what == LETTER_CHANGES) {
        hear(bridge, letter->changes);
        letter->changes = NULL;
        letter_free(letter);
        return;
    }
    apply_heard(bridge); /* what was told before */
    switch (letter->what) {
    case LETTER_CERTIFICATES:
        meshes_set_certificates(bridge->streams.meshes, letter->certificates, streams_tell,
                                &bridge->streams);
        letter->certificates = NULL;
        letter_free(letter);
        break;
    case LETTER_QUESTION:
        answer_question(bridge, letter);
        break;
    default:
        drain(bridge, letter);
    }
}

static void *run(void *context)
{
    struct bridge *bridge = context;
    loop_run(bridge->loop);
    return NULL;
}

/* ---- on the API's thread ---- */

/* What would be too much to wait is told as "anything may have changed", once, until that is
 * read. */
static void take_changes(void *context, struct store_changes *changes)
{
    struct bridge *bridge = context;
    if (atomic_load(&bridge->all_waits)) {
        store_changes_free(changes);
        return;
    }
    if (atomic_fetch_add(&bridge->waiting, changes->count) + changes->count > STORE_CHANGES_MAX)
        changes->is_all = true;
    if (changes->is_all)
        atomic_store(&bridge->all_waits, true);
    struct letter *letter = letter_new(bridge, LETTER_CHANGES);
    letter->changes = changes;
    mailbox_post(&bridge->to_xds, &letter->mail);
}

void bridge_set_certificates(struct bridge *bridge, struct certificates *certificates)
{
    struct letter *letter = letter_new(bridge, LETTER_CERTIFICATES);
    letter->certificates = certificates;
    mailbox_post(&bridge->to_xds, &letter->mail);
}

static void answer_late(void *context)
{
    struct letter *letter = context;
    bridge_answered *answered = letter->answered;
    letter->answered = NULL;
    answered(letter->context, ERR_UNAVAILABLE, BYTES("The xDS server did not answer in time"));
}

static void receive_on_api(void *context, struct mail *mail)
{
    struct letter *letter = (struct letter *)mail;
    (void)context;
    if (letter->what == LETTER_STOP) {
        letter->done(letter->context);
    } else if (letter->answered != NULL) {
        loop_timer_stop(&letter->patience);
        letter->answered(letter->context, letter->status, buffer_bytes(&letter->text));
    }
    letter_free(letter);
}

void bridge_ask(struct bridge *bridge, enum bridge_topic topic, const char *id,
                const char *const values[SETTING_COUNT], bridge_answered *answered, void *context)
{
    struct letter *letter = letter_new(bridge, LETTER_QUESTION);
    letter->topic = topic;
    letter->answered = answered;
    letter->context = context;
    if (id != NULL)
        letter->id = arena_copy(&letter->arena, bytes_of(id));
    for (size_t i = 0; id != NULL && i < SETTING_COUNT; i++)
        if (values[i] != NULL)
            letter->values[i] = arena_copy(&letter->arena, bytes_of(values[i]));
    letter->patience = (struct loop_timer){.due = answer_late, .context = letter};
    loop_timer_start(bridge->api_loop, &letter->patience, BRIDGE_PATIENCE_MS);
    mailbox_post(&bridge->to_xds, &letter->mail);
}

void bridge_stop(struct bridge *bridge, int64_t patience_ms, void (*done)(void *), void *context)
{
    struct letter *letter = letter_new(bridge, LETTER_STOP);
    letter->patience_ms = patience_ms;
    letter->done = done;
    letter->context = context;
    mailbox_post(&bridge->to_xds, &letter->mail);
}

void bridge_print_addresses(const struct bridge *bridge, struct buffer *out)
{
    for (size_t i = 0; i < bridge->server_count; i++)
        buffer_printf(out, "%s%s", i > 0 ? "," : "", grpc_address(bridge->servers[i]));
}

/* ---- start and end ---- */

static bool listen_on(struct bridge *bridge, const struct bridge_options *options,
                      const char *address, struct arena *arena, const char **out_reason)
{
    const bool is_unix = strncmp(address, "unix:", 5) == 0;
    const struct grpc_options grpc = {
        .address = address,
        .tls_certificate = is_unix ? NULL : options->tls_certificate,
        .tls_key = is_unix ? NULL : options->tls_key,
        .events = &stream_events,
        .context = &bridge->streams,
    };
    struct grpc_server *server = grpc_listen(bridge->loop, &grpc, arena, out_reason);
    if (server == NULL)
        return false;
    bridge->servers =
        memory_resize(bridge->servers, (bridge->server_count + 1) * sizeof(*bridge->servers));
    bridge->servers[bridge->server_count++] = server;
    return true;
}

static bool start(struct bridge *bridge, const struct bridge_options *options, struct arena *arena,
                  const char **out_reason)
{
    bridge->streams.meshes =
        meshes_new(bridge->store, &(struct meshes_sources){&bridge->scope, options->instances,
                                                           options->certificates, options->issued});
    bridge->loop = bridge->streams.loop = loop_new();
    if (bridge->loop == NULL ||
        !mailbox_open(&bridge->to_xds, bridge->loop, receive_on_xds, bridge) ||
        !mailbox_open(&bridge->to_api, bridge->api_loop, receive_on_api, bridge)) {
        *out_reason = arena_printf(arena, "the xDS server: %s", strerror(errno));
        return false;
    }
    for (const char *const *address = options->addresses; *address != NULL; address++)
        if (!listen_on(bridge, options, *address, arena, out_reason))
            return false;
    store_listen(bridge->store, take_changes, bridge);
    const int failure = pthread_create(&bridge->thread, NULL, run, bridge);
    bridge->is_running = failure == 0;
    if (failure != 0)
        *out_reason = strerror(failure);
    return failure == 0;
}

struct bridge *bridge_start(struct loop *api_loop, struct store *store,
                            const struct bridge_options *options, struct arena *arena,
                            const char **out_reason)
{
    struct bridge *bridge = memory_new(sizeof(*bridge));
    *bridge = (struct bridge){.api_loop = api_loop, .store = store, .scope = options->scope};
    bridge->heard_end = &bridge->heard;
    bridge->apply = (struct loop_task){.run = apply_heard, .context = bridge};
    if (start(bridge, options, arena, out_reason))
        return bridge;
    bridge_free(bridge);
    return NULL;
}

static void drop_mail(void *context, struct mail *mail)
{
    struct letter *letter = (struct letter *)mail;
    (void)context;
    loop_timer_stop(&letter->patience);
    letter_free(letter);
}

void bridge_free(struct bridge *bridge)
{
    if (bridge == NULL)
        return;
    store_listen(bridge->store, NULL, NULL);
    if (bridge->is_running) {
        loop_stop(bridge->loop);
        pthread_join(bridge->thread, NULL);
    }
    for (size_t i = 0; i < bridge->server_count; i++)
        grpc_close(bridge->servers[i]);
    bridge->to_xds.receive = bridge->to_xds.receive != NULL ? drop_mail : NULL;
    bridge->to_api.receive = bridge->to_api.receive != NULL ? drop_mail : NULL;
    mailbox_close(&bridge->to_xds);
    mailbox_close(&bridge->to_api);
    free_changes(bridge->heard);
    meshes_free(bridge->streams.meshes);
    loop_free(bridge->loop);
    free(bridge->servers);
    free(bridge);
}
