/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of both protocols, and a stream that is fed with them while its state changes. The first
 * byte says which protocol.
 */
#include <stdint.h>

#include <envoy/config/cluster/v3/cluster.pb-c.h>

#include "ads.h"
#include "message.h"

/* ---- states ---- */

static const struct {
    unsigned states; /* a bit for each that has it */
    enum xds_type type;
    const char *name;
    struct xds_use use;
} rows[] = {
    {1, XDS_CLUSTER,  "a", {XDS_ENDPOINT, "a"}},
    {3, XDS_CLUSTER,  "b", {XDS_SECRET, "s"}  },
    {1, XDS_ENDPOINT, "a", {0, NULL}          },
    {2, XDS_ENDPOINT, "b", {0, NULL}          },
    {3, XDS_LISTENER, "l", {XDS_ROUTE, "r"}   },
    {1, XDS_ROUTE,    "r", {XDS_CLUSTER, "a"} },
    {2, XDS_ROUTE,    "r", {XDS_CLUSTER, "b"} },
    {3, XDS_SECRET,   "s", {0, NULL}          },
};

static struct snapshot *state_of(size_t state)
{
    struct arena arena = {0};
    struct snapshot *snapshot = snapshot_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        Envoy__Cluster *message = MESSAGE(&arena, Envoy__Cluster, envoy__cluster);
        message->name = (char *)(rows[i].use.name != NULL ? rows[i].use.name : "");
        if ((rows[i].states >> state & 1) != 0)
            snapshot_add(snapshot, rows[i].type, rows[i].name, &message->base, &rows[i].use,
                         rows[i].use.name != NULL);
    }
    snapshot_finish(snapshot);
    arena_clear(&arena);
    return snapshot;
}

static void take(struct ads *ads, size_t state)
{
    struct snapshot *snapshot = state_of(state);
    ads_take(ads, snapshot);
    snapshot_unref(snapshot);
}

/* ---- the stream ---- */

static void drain(struct ads *ads, struct arena *arena)
{
    struct ads_response response;
    while (ads_next(ads, arena, 1, &response))
        ads_pack(ads, arena, &response);
}

static bool receive(struct ads *ads, struct arena *arena, struct bytes message)
{
    struct request request;
    struct ads_event event;
    const char *reason;
    return request_read(arena, ads_is_delta(ads), message, &request, &reason) == GRPC_OK &&
           ads_receive(ads, &request, 1, arena, &event, &reason) == GRPC_OK;
}

/* The rest is cut into messages, each after two bytes of length. At an empty one the state changes
 * to the other. */
static void feed(struct ads *ads, struct arena *arena, const uint8_t *data, size_t size)
{
    size_t state = 0;
    while (size >= 2) {
        size_t length = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        if (length == 0)
            take(ads, state ^= 1);
        else if (!receive(ads, arena, (struct bytes){(const char *)data, length}))
            return;
        drain(ads, arena);
        data += length;
        size -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena arena = {0};
    struct ads *ads = ads_new(data[0] & 1, XDS_TYPE_COUNT);
    take(ads, 0);
    feed(ads, &arena, data + 1, size - 1);
    ads_free(ads);
    arena_clear(&arena);
    return 0;
}
