/* SPDX-License-Identifier: Apache-2.0
 *
 * The xDS server: gRPC streams of Envoys on one side, the store on the other, on a thread and loop
 * of its own. What it shares with the API's thread is the store and two mailboxes.
 *
 * Threads: every function here is the API thread's.
 * Source: Envoy's xDS protocol page; gRPC services of data-plane-api: envoy/service.
 */
#ifndef XDS_BRIDGE_H
#define XDS_BRIDGE_H

#include "meshes.h"

struct bridge;
struct buffer;
struct loop;

struct bridge_options {
    const char *const *addresses;          /* ADDR:PORT or unix:PATH; ends in NULL */
    const char *tls_certificate, *tls_key; /* PEM text for the TCP ports, or NULL */
    struct scope scope;                    /* of a node that does not say */
    meshes_instances *instances;           /* NULL: there is no Cloud Map */
    struct certificates *certificates;     /* become the bridge's in any case */
    meshes_issued *issued;                 /* behind what they do not map; NULL: nothing is */
};

/* Listens, then starts the thread. Takes the store's place for a listener. The options' strings
 * stay the caller's. loop: the API's, where answers come.
 * Errors: NULL with one line in *out_reason (static or in the arena). */
struct bridge *bridge_start(struct loop *, struct store *, const struct bridge_options *,
                            struct arena *, const char **out_reason);

/* Takes the certificates over in place of those before. */
void bridge_set_certificates(struct bridge *, struct certificates *);

/* The addresses as bound, joined by commas. */
void bridge_print_addresses(const struct bridge *, struct buffer *);

/* Ends every stream with status OK; done comes on the API's loop, at the latest some moments after
 * patience_ms. */
void bridge_stop(struct bridge *, int64_t patience_ms, void (*done)(void *), void *context);

/* Ends what is left at once. Nobody may have a question open. NULL is fine. */
void bridge_free(struct bridge *);

/* ---- questions ---- */

enum bridge_topic {
    BRIDGE_PROXIES, /* JSON: who is connected, and how far */
    BRIDGE_CONFIG,  /* JSON: what a node gets, connected or not */
    BRIDGE_METRICS, /* Prometheus text */
    BRIDGE_COUNT,   /* a number: of connected proxies */
};

#define BRIDGE_PATIENCE_MS 2000

/* text: borrowed until the callback returns; with another status than OK a message. ERR_UNAVAILABLE
 * when there was no answer in time; ERR_NOT_FOUND or ERR_BAD_REQUEST for a node. */
typedef void bridge_answered(void *context, enum status, struct bytes text);

/* id and values: of BRIDGE_CONFIG alone; copied. */
void bridge_ask(struct bridge *, enum bridge_topic, const char *id,
                const char *const values[SETTING_COUNT], bridge_answered *, void *context);

#endif
