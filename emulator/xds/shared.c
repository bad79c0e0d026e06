/* SPDX-License-Identifier: Apache-2.0 */
#include "shared.h"

#include <stdlib.h>

struct shared *shared_new(struct bytes bytes)
{
    struct shared *shared = memory_new(sizeof(*shared) + bytes.size);
    shared->references = 1;
    shared->size = bytes.size;
    memcpy(shared->data, bytes.data, bytes.size);
    return shared;
}

struct shared *shared_ref(struct shared *shared)
{
    shared->references++;
    return shared;
}

void shared_unref(struct shared *shared)
{
    if (shared && --shared->references == 0)
        free(shared);
}
