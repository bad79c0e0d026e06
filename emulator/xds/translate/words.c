/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/words.h"

#include <string.h>

#include "arena.h"
#include "json.h"
#include "message.h"

/* Envoy counts durations in 64-bit nanoseconds and refuses what does not fit. */
#define DURATION_MS_MAX ((INT64_MAX / 1000000000 - 1) * 1000)

/* ALPN is our choice, from what each protocol speaks; no record shows it. */
const struct protocol_row protocols[PROTOCOL_COUNT] = {
    [PROTOCOL_HTTP] = {"http",  "httpRoute",  {"h2", "http/1.1"}, false},
    [PROTOCOL_HTTP2] = {"http2", "http2Route", {"h2"},             true },
    [PROTOCOL_GRPC] = {"grpc",  "grpcRoute",  {"h2"},             true },
    [PROTOCOL_TCP] = {"tcp",   "tcpRoute",   {NULL},             false},
};

enum protocol protocol_of(const char *name)
{
    for (enum protocol protocol = PROTOCOL_HTTP; protocol < PROTOCOL_COUNT; protocol++)
        if (name && strcmp(protocols[protocol].name, name) == 0)
            return protocol;
    return PROTOCOL_HTTP;
}

enum protocol listener_protocol(const struct cJSON *listener)
{
    return protocol_of(json_string(json_member(listener, "portMapping"), "protocol"));
}

int64_t listener_port(const struct cJSON *listener)
{
    return json_integer(json_member(listener, "portMapping"), "port", 0);
}

/* Source: aws-app-mesh-examples walkthroughs/howto-ipv6; IPv6_PREFERRED is Envoy's AUTO, which asks
 * for AAAA first (data-plane-api: envoy/config/cluster/v3/cluster.proto). */
#define LOOKUP(family) ENVOY__CLUSTER__DNS_LOOKUP_FAMILY__##family
#define IPV4_LOCAL "127.0.0.1"
#define IPV6_LOCAL "0:0:0:0:0:0:0:1"
static const struct ip_preference ip_preferences[] = {
    {NULL,             LOOKUP(AUTO),         false, true,  IPV4_LOCAL},
    {"IPv4_PREFERRED", LOOKUP(V4_PREFERRED), false, true,  IPV4_LOCAL},
    {"IPv6_PREFERRED", LOOKUP(AUTO),         true,  true,  IPV6_LOCAL},
    {"IPv4_ONLY",      LOOKUP(V4_ONLY),      false, false, IPV4_LOCAL},
    {"IPv6_ONLY",      LOOKUP(V6_ONLY),      true,  false, IPV6_LOCAL},
};

const struct ip_preference *ip_preference_of(const char *name)
{
    for (size_t i = 1; i < COUNT(ip_preferences); i++)
        if (name && strcmp(ip_preferences[i].name, name) == 0)
            return &ip_preferences[i];
    return &ip_preferences[0];
}

/* In the order in which EMS wrote them (recorded for three of them, for a virtual gateway). */
enum retry_word {
    RESET,
    CANCELLED,
    DEADLINE_EXCEEDED,
    INTERNAL,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    CONNECT_FAILURE,
    REFUSED_STREAM,
    RETRIABLE_STATUS_CODES,
    RETRY_WORD_COUNT
};
static const char *const retry_words[RETRY_WORD_COUNT] = {
    "reset",           "cancelled",          "deadline-exceeded",
    "internal",        "resource-exhausted", "unavailable",
    "connect-failure", "refused-stream",     "retriable-status-codes",
};
#define BIT(word) (1u << (word))

/* Source: botocore HttpRetryPolicyEvent, TcpRetryPolicyEvent and GrpcRetryPolicyEvent;
 * gateway-error, client-error and stream-error as recorded, connection-error as
 * aws-app-mesh-roadmap#7 says. Codes come out in the order of these rows. */
static const struct {
    const char *event;
    uint32_t words;
    uint32_t codes[12];
} retry_rows[] = {
    {"server-error",
     BIT(RESET) | BIT(RETRIABLE_STATUS_CODES),
     {500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511}                        },
    {"gateway-error",      BIT(RESET) | BIT(RETRIABLE_STATUS_CODES), {502, 503, 504}},
    {"client-error",       BIT(RETRIABLE_STATUS_CODES),              {409}          },
    {"stream-error",       BIT(REFUSED_STREAM),                      {0}            },
    {"connection-error",   BIT(CONNECT_FAILURE),                     {0}            },
    {"cancelled",          BIT(CANCELLED),                           {0}            },
    {"deadline-exceeded",  BIT(DEADLINE_EXCEEDED),                   {0}            },
    {"internal",           BIT(INTERNAL),                            {0}            },
    {"resource-exhausted", BIT(RESOURCE_EXHAUSTED),                  {0}            },
    {"unavailable",        BIT(UNAVAILABLE),                         {0}            },
};

/* Source: aws-app-mesh-roadmap#229 and the user guide's Envoy defaults. */
const struct retry_events retry_default = {
    .words = BIT(RESET) | BIT(UNAVAILABLE) | BIT(CONNECT_FAILURE) | BIT(REFUSED_STREAM) |
             BIT(RETRIABLE_STATUS_CODES),
    .codes = {503},
    .code_count = 1,
};

static bool lists_event(const struct cJSON *events, const char *event)
{
    for (const struct cJSON *e = json_first(events); e; e = json_next(e))
        if (strcmp(json_text(e), event) == 0)
            return true;
    return false;
}

static void add_code(struct retry_events *events, uint32_t code)
{
    for (size_t i = 0; i < events->code_count; i++)
        if (events->codes[i] == code)
            return;
    events->codes[events->code_count++] = code;
}

void retry_events_add(struct retry_events *out, const struct cJSON *events)
{
    for (size_t i = 0; i < COUNT(retry_rows); i++) {
        if (!lists_event(events, retry_rows[i].event))
            continue;
        out->words |= retry_rows[i].words;
        for (const uint32_t *code = retry_rows[i].codes; *code != 0; code++)
            add_code(out, *code);
    }
}

const char *join(struct arena *arena, const char *const *texts)
{
    size_t size = 0;
    char *out, *end;
    for (const char *const *text = texts; *text; text++)
        size += strlen(*text);
    out = end = arena_new(arena, size + 1);
    for (const char *const *text = texts; *text; text++) {
        size = strlen(*text);
        memcpy(end, *text, size);
        end += size;
    }
    return out;
}

const char *decimal(struct arena *arena, int64_t number)
{
    char digits[24], *start = digits + sizeof(digits) - 1;
    *start = '\0';
    do {
        *--start = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return arena_copy(arena, bytes_of(start));
}

const char *retry_on(struct arena *arena, const struct retry_events *events)
{
    const char *text = "";
    for (enum retry_word word = RESET; word < RETRY_WORD_COUNT; word++)
        if (events->words & BIT(word))
            text = JOIN(arena, text, *text != '\0' ? "," : "", retry_words[word]);
    return text;
}

Google__Protobuf__Duration *envoy_milliseconds(struct arena *arena, int64_t milliseconds)
{
    Google__Protobuf__Duration *out =
        MESSAGE(arena, Google__Protobuf__Duration, google__protobuf__duration);
    out->seconds = milliseconds / 1000;
    out->nanos = (int32_t)(milliseconds % 1000) * 1000000;
    return out;
}

Google__Protobuf__Duration *envoy_duration(struct arena *arena, const struct cJSON *duration)
{
    int64_t value = json_integer(duration, "value", -1);
    const char *unit = json_string(duration, "unit");
    if (value < 0)
        return NULL;
    if (!unit || strcmp(unit, "ms") != 0)
        value *= 1000; /* fits: an integer of ours is below 2^53 */
    return envoy_milliseconds(arena, value < DURATION_MS_MAX ? value : DURATION_MS_MAX);
}

Google__Protobuf__Duration *envoy_duration_or(struct arena *arena, const struct cJSON *duration,
                                              int64_t default_ms)
{
    Google__Protobuf__Duration *given = envoy_duration(arena, duration);
    return given ? given : envoy_milliseconds(arena, default_ms);
}

bool is_zero(const Google__Protobuf__Duration *duration)
{
    return duration->seconds == 0 && duration->nanos == 0;
}

uint32_t clamp_uint32(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

const char *lower_case(struct arena *arena, const char *text)
{
    char *copy = arena_copy(arena, bytes_of(text));
    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy;
}
