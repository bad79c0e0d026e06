/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of App Mesh and what each is in Envoy's configuration: tables and scalars.
 */
#ifndef XDS_TRANSLATE_WORDS_H
#define XDS_TRANSLATE_WORDS_H

#include <envoy/config/cluster/v3/cluster.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct cJSON;

/* Listener protocols. Where listeners share a name, the first here gives it. */
enum protocol { PROTOCOL_HTTP, PROTOCOL_HTTP2, PROTOCOL_GRPC, PROTOCOL_TCP, PROTOCOL_COUNT };

struct protocol_row {
    const char *name;       /* in specs and in Envoy's resource names */
    const char *route;      /* the member that holds a route of the kind */
    const char *alpn[3];    /* that a TLS server offers, NULL-terminated */
    bool speaks_http2_only; /* to the application and to other nodes */
};
extern const struct protocol_row protocols[PROTOCOL_COUNT];

enum protocol protocol_of(const char *name);
/* Of a listener, by its portMapping. */
enum protocol listener_protocol(const struct cJSON *listener);
int64_t listener_port(const struct cJSON *listener);

/* An IP preference, or none. */
struct ip_preference {
    const char *name; /* NULL: none is set */
    Envoy__Cluster__DnsLookupFamily dns_lookup_family;
    bool prefers_ipv6, allows_other;
    const char *local; /* where the application and the proxy itself listen */
};
const struct ip_preference *ip_preference_of(const char *name); /* NULL: unset */

/* The retry events of a policy, united: words for retry_on, and status codes. */
struct retry_events {
    uint32_t words; /* bits of retry_words */
    uint32_t codes[16];
    size_t code_count;
};
void retry_events_add(struct retry_events *, const struct cJSON *events);
const char *retry_on(struct arena *, const struct retry_events *); /* canonical order */
/* What EMS gave to routes without a policy. */
extern const struct retry_events retry_default;

/* {"value": 1, "unit": "s"}: NULL in, NULL out, and NULL for one without a value. */
Google__Protobuf__Duration *envoy_duration(struct arena *, const struct cJSON *duration);
Google__Protobuf__Duration *envoy_duration_or(struct arena *, const struct cJSON *duration,
                                              int64_t default_ms);
Google__Protobuf__Duration *envoy_milliseconds(struct arena *, int64_t milliseconds);
bool is_zero(const Google__Protobuf__Duration *);
/* Source: guide, virtual_nodes and routes; the first was recorded as an explicit 15s. */
#define REQUEST_TIMEOUT_MS 15000
#define IDLE_TIMEOUT_MS 300000

/* A number that Envoy takes as uint32: what is over is its maximum. */
uint32_t clamp_uint32(int64_t value);

/* JOIN(arena, text, ...): the texts put together. Names are formed often, and printf is slow. */
#define JOIN(arena, ...) join((arena), (const char *const[]){__VA_ARGS__, NULL})
const char *join(struct arena *, const char *const *texts);
const char *decimal(struct arena *, int64_t number); /* not below 0 */

/* A copy in lower case: Envoy's header names. */
const char *lower_case(struct arena *, const char *text);

#endif
