/* SPDX-License-Identifier: Apache-2.0
 *
 * A DiscoveryRequest or DeltaDiscoveryRequest, read from bytes that a stranger sent.
 *
 * Refused before anything is unpacked: nesting over 32 levels, more than REQUEST_FIELDS_MAX fields,
 * text that is not UTF-8 or holds NUL (which would cut it), a single message given twice.
 * Lifetime: everything is in the arena.
 * Source: data-plane-api: envoy/service/discovery/v3/discovery.proto.
 */
#ifndef XDS_REQUEST_H
#define XDS_REQUEST_H

#include "bytes.h"
#include "grpc.h"
#include "settings.h"

#define REQUEST_FIELDS_MAX 100000
#define REQUEST_NAMES_MAX 10000
#define REQUEST_NAME_SIZE_MAX 4096 /* and of the node's id, and of a setting */
#define REQUEST_REFUSAL_SIZE_MAX 16384

struct request_node {
    const char *id;
    const char *region;                  /* "": none */
    const char *settings[SETTING_COUNT]; /* as settings_parse takes them; "" for other than text */
};

struct held_version {
    const char *name, *version;
};

struct request {
    const struct request_node *node; /* NULL: not in this message */
    const char *type_url;
    const char *nonce;        /* of the response that this answers; "": none */
    const char *version;      /* "": none; state of the world */
    const char *const *names; /* all of them; with delta those to add */
    size_t name_count;
    const char *const *unsubscribed;
    size_t unsubscribed_count;
    const struct held_version *held; /* what the client has from another stream */
    size_t held_count;
    const char *refusal; /* why the client refused that response, cut off; NULL: it did not */
};

/* Errors: GRPC_INTERNAL, or GRPC_RESOURCE_EXHAUSTED for our limits, with *out_reason (static). */
enum grpc_status request_read(struct arena *, bool is_delta, struct bytes, struct request *out,
                              const char **out_reason) NODISCARD;

#endif
