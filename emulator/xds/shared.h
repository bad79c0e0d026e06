/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that several hold: what a thousand snapshots have in common is there once.
 *
 * Lifetime: immutable; counted: they live until the last shared_unref. One thread.
 */
#ifndef XDS_SHARED_H
#define XDS_SHARED_H

#include "bytes.h"

struct shared {
    size_t references, size;
    char data[];
};

struct shared *shared_new(struct bytes); /* copied; one reference, the caller's */
struct shared *shared_ref(struct shared *);
void shared_unref(struct shared *);

static inline struct bytes shared_bytes(const struct shared *shared)
{
    return (struct bytes){shared->data, shared->size};
}

#endif
