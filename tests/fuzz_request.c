/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of both protocols, and a stream that is fed with them. The first byte says which.
 */
#include <stdint.h>

#include "ads.h"

static struct snapshot *empty_snapshot(void)
{
    struct snapshot *snapshot = snapshot_new();
    snapshot_finish(snapshot);
    return snapshot;
}

static void drain(struct ads *ads, struct arena *arena)
{
    struct ads_response response;
    while (ads_next(ads, arena, 1, &response))
        ads_pack(ads, arena, &response);
}

/* The rest is cut into messages, each after two bytes of length. */
static void feed(struct ads *ads, struct arena *arena, const uint8_t *data, size_t size)
{
    while (size >= 2) {
        size_t length = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        struct request request;
        struct ads_event event;
        const char *reason;
        if (request_read(arena, ads_is_delta(ads), (struct bytes){(const char *)data, length},
                         &request, &reason) != GRPC_OK ||
            ads_receive(ads, &request, 1, arena, &event, &reason) != GRPC_OK)
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
    struct snapshot *snapshot = empty_snapshot();
    struct ads *ads = ads_new(data[0] & 1, XDS_TYPE_COUNT);
    ads_take(ads, snapshot);
    feed(ads, &arena, data + 1, size - 1);
    ads_free(ads);
    snapshot_unref(snapshot);
    arena_clear(&arena);
    return 0;
}
