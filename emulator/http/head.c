/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "server.h"

/* What the headers that decide where a request ends, and whom it is for, amount to. */
struct framing {
    unsigned hosts, lengths, encodings;
    const char *length, *encoding;
    bool has_bad_name;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_named(const char *name, size_t size, struct bytes want)
{
    return size == want.size && strncasecmp(name, want.data, size) == 0;
}

static enum MHD_Result note_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size)
{
    (void)kind, (void)value_size;
    struct framing *framing = context;
    if (name_size == 0 || is_blank(name[name_size - 1])) {
        framing->has_bad_name = true;
    } else if (is_named(name, name_size, BYTES("Host"))) {
        framing->hosts++;
    } else if (is_named(name, name_size, BYTES("Content-Length"))) {
        framing->lengths++;
        framing->length = value;
    } else if (is_named(name, name_size, BYTES("Transfer-Encoding"))) {
        framing->encodings++;
        framing->encoding = value;
    }
    return MHD_YES;
}

/* RFC 9110, 5.6.2: a method is a token. */
static bool is_token(const char *text)
{
    const char *c = text;
    while (isalnum((unsigned char)*c) || (*c && strchr("!#$%&'*+-.^_`|~", *c)))
        c++;
    return c > text && !*c;
}

/* RFC 3986: a URI is printable ASCII; what it names may be anything, percent-encoded. */
static bool is_plain(const char *text)
{
    while (*text > ' ' && *text < 0x7F)
        text++;
    return !*text;
}

static bool is_target(const struct http_request *request)
{
    bool is_path = request->target[0] == '/' || strcmp(request->target, "*") == 0;
    return is_path && is_plain(request->target) && is_plain(request->query);
}

static const char *framing_complaint(const struct framing *framing)
{
    if (framing->has_bad_name)
        return "a header name is empty or ends in a blank";
    if (framing->hosts != 1)
        return framing->hosts ? "more than one Host header" : "no Host header";
    if (framing->lengths > 1)
        return "more than one Content-Length header";
    if (framing->lengths && framing->encodings)
        return "both Content-Length and Transfer-Encoding";
    if (framing->encodings > 1 ||
        (framing->encodings && strcasecmp(framing->encoding, "chunked") != 0))
        return "a Transfer-Encoding other than chunked";
    return NULL;
}

const char *head_complaint(const struct connection *connection, int *out_status, size_t *out_size)
{
    struct framing framing = {0};
    MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, note_header, &framing);
    *out_status = MHD_HTTP_BAD_REQUEST;
    *out_size = framing.length ? strtoull(framing.length, NULL, 10) : 0; /* known to be digits */
    if (!is_token(connection->request.method))
        return "the method is not a token";
    if (!is_target(&connection->request))
        return "the request target is malformed";
    const char *complaint = framing_complaint(&framing);
    if (complaint)
        return complaint;
    const struct http_server *server = connection->server;
    if (connection->is_surplus && server->open > server->options.limits.connections) {
        *out_status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return "too many connections";
    }
    return NULL;
}
