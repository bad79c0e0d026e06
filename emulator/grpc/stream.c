/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEADER_OVERHEAD 32 /* RFC 9113, 6.5.2: SETTINGS_MAX_HEADER_LIST_SIZE */

#define HEADER(name, value, size)                                                                  \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), sizeof(name) - 1, (size),     \
            NGHTTP2_NV_FLAG_NONE                                                                   \
    }
#define FIXED_HEADER(name, value) HEADER(name, value, sizeof(value) - 1)

#define RESPONSE_HEADERS                                                                           \
    FIXED_HEADER(":status", "200"), FIXED_HEADER("content-type", "application/grpc"),              \
        FIXED_HEADER("grpc-accept-encoding", "identity")
#define RESPONSE_HEADER_COUNT 3

static const struct grpc_events *events_of(const struct grpc_stream *stream)
{
    return stream->connection->server->events;
}

/* ---- out ---- */

/* grpc-message: everything but printable ASCII, and '%', as %XX; so are blanks at the ends, where
 * HTTP/2 has none (RFC 9113, 8.2.1). */
static char *percent_encode(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    const size_t max = GRPC_STATUS_MESSAGE_MAX - 3; /* where a last %XX still fits */
    struct buffer out = {0};
    for (; *text && out.size <= max; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_inside = out.size > 0 && out.size + 3 <= max && text[1];
        if ((c > ' ' && c <= '~' && c != '%') || (c == ' ' && is_inside))
            buffer_char(&out, *text);
        else
            buffer_append(&out, (const char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
    }
    return out.data;
}

/* Trailers; if no response was begun, a response that is nothing but trailers. */
static void submit_end(struct grpc_stream *stream)
{
    char status[12];
    int size = snprintf(status, sizeof(status), "%d", (int)stream->status);
    const char *message = stream->status_message;
    const nghttp2_nv headers[] = {
        RESPONSE_HEADERS,
        HEADER("grpc-status", status, (size_t)size),
        HEADER("grpc-message", message, message ? strlen(message) : 0),
    };
    size_t count = COUNT(headers) - (message ? 0 : 1);
    nghttp2_session *session = stream->connection->session;
    if (stream->is_begun)
        nghttp2_submit_trailer(session, stream->id, headers + RESPONSE_HEADER_COUNT,
                               count - RESPONSE_HEADER_COUNT);
    else
        nghttp2_submit_response(session, stream->id, headers, count, NULL);
}

/* The handler has left the stream. */
static void end(struct grpc_stream *stream, enum grpc_status status, const char *message)
{
    assert(!stream->is_open && !stream->is_ending);
    stream->is_ending = true;
    stream->status = status;
    stream->status_message = message && *message ? percent_encode(message) : NULL;
    if (!stream->out.is_full)
        submit_end(stream);
}

/* This layer takes the stream from its handler. */
static void take_away(struct grpc_stream *stream, enum grpc_status status, const char *message)
{
    stream->is_open = false;
    events_of(stream)->ended(stream);
    end(stream, status, message);
}

static void message_left(struct grpc_stream *stream)
{
    if (stream->is_ending)
        submit_end(stream);
    else if (stream->wants_turn) {
        stream->wants_turn = false;
        events_of(stream)->ready(stream);
    }
}

/* nghttp2 asks how many bytes of a stream come next; send_data brings them, for it would copy them
 * into 16 KiB that each connection keeps. The end is never told here: trailers bring it. */
static ssize_t produce(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session, (void)id, (void)out, (void)context;
    const struct grpc_stream *stream = source->ptr;
    const size_t left = outgoing_left(&stream->out);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (left == 0)
        return NGHTTP2_ERR_DEFERRED;
    return (ssize_t)(left < size ? left : size);
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                     size_t size, nghttp2_data_source *source, void *context)
{
    (void)session, (void)frame;
    struct grpc_stream *stream = source->ptr;
    unsigned char *room = connection_room(context, FRAME_HEAD + size);
    if (!room)
        return NGHTTP2_ERR_WOULDBLOCK;
    memcpy(room, head, FRAME_HEAD);
    outgoing_read(&stream->out, room + FRAME_HEAD, size);
    if (!stream->out.is_full)
        message_left(stream);
    return 0;
}

static void begin_response(struct grpc_stream *stream)
{
    static const nghttp2_nv headers[] = {RESPONSE_HEADERS};
    const nghttp2_data_provider body = {.source.ptr = stream, .read_callback = produce};
    nghttp2_submit_response(stream->connection->session, stream->id, headers, COUNT(headers),
                            &body);
    stream->is_begun = true;
}

bool grpc_is_ready(const struct grpc_stream *stream)
{
    return !stream->out.is_full;
}

void grpc_send(struct grpc_stream *stream, const struct grpc_message *message)
{
    assert(stream->is_open);
    outgoing_set(&stream->out, message);
    if (stream->is_begun)
        nghttp2_session_resume_data(stream->connection->session, stream->id);
    else
        begin_response(stream);
    connection_flush(stream->connection);
    stream->wants_turn = stream->out.is_full;
}

void grpc_finish(struct grpc_stream *stream, enum grpc_status status, const char *message)
{
    struct connection *connection = stream->connection;
    assert(stream->is_open);
    stream->is_open = false;
    end(stream, status, message);
    connection_flush(connection);
}

void stream_drain(struct grpc_stream *stream)
{
    if (stream->is_open)
        take_away(stream, GRPC_OK, NULL);
}

/* ---- messages in ---- */

static const struct {
    enum grpc_status status;
    const char *message;
} refusals[] = {
    [MESSAGE_NEEDS_MORE] = {GRPC_RESOURCE_EXHAUSTED, "too many messages are half received"              },
    [MESSAGE_TOO_LARGE] = {GRPC_RESOURCE_EXHAUSTED, "the message is larger than 4194304 bytes"         },
    [MESSAGE_COMPRESSED] = {GRPC_INTERNAL,           "the message is compressed without a grpc-encoding"},
    [MESSAGE_BAD_FLAG] = {GRPC_INTERNAL,           "the message starts with an unknown flag"          },
};

static void refuse_message(struct grpc_stream *stream, enum message_result why)
{
    if (why == MESSAGE_COMPRESSED && stream->is_encoded)
        take_away(stream, GRPC_UNIMPLEMENTED, "compressed messages are not supported");
    else
        take_away(stream, refusals[why].status, refusals[why].message);
}

static enum message_result take(struct grpc_stream *stream, struct bytes *input, struct bytes *out)
{
    size_t *total = &stream->connection->server->partial_size;
    *total -= stream->in.partial.size;
    enum message_result result = message_take(&stream->in, input, out);
    *total += stream->in.partial.size;
    return result;
}

static void feed(struct grpc_stream *stream, struct bytes input)
{
    const struct grpc_server *server = stream->connection->server;
    enum message_result result = MESSAGE_WHOLE;
    struct bytes message;
    while (stream->is_open && (result = take(stream, &input, &message)) == MESSAGE_WHOLE)
        events_of(stream)->received(stream, message);
    if (stream->is_open &&
        (result != MESSAGE_NEEDS_MORE || server->partial_size > GRPC_PARTIAL_MAX))
        refuse_message(stream, result);
}

static void close_half(struct grpc_stream *stream)
{
    if (stream->is_open && stream->in.partial.size)
        take_away(stream, GRPC_INTERNAL, "the last message is cut short");
    else if (stream->is_open)
        events_of(stream)->half_closed(stream);
}

/* ---- requests ---- */

static void stream_new(struct connection *connection, int32_t id)
{
    struct grpc_stream *stream = memory_new(sizeof(*stream));
    stream->connection = connection;
    stream->id = id;
    stream->next = connection->streams;
    stream->link = &connection->streams;
    if (stream->next)
        stream->next->link = &stream->next;
    connection->streams = stream;
    nghttp2_session_set_stream_user_data(connection->session, id, stream);
}

void stream_free(struct grpc_stream *stream)
{
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    if (stream->is_open) {
        stream->is_open = false;
        events_of(stream)->ended(stream);
    }
    stream->connection->server->partial_size -= stream->in.partial.size;
    incoming_clear(&stream->in);
    outgoing_clear(&stream->out);
    free(stream->path);
    free(stream->status_message);
    free(stream);
}

/* application/grpc, alone or before '+' or ';', in any case */
static bool is_grpc_type(struct bytes type)
{
    const struct bytes want = BYTES("application/grpc");
    return type.size >= want.size && strncasecmp(type.data, want.data, want.size) == 0 &&
           (type.size == want.size || type.data[want.size] == '+' || type.data[want.size] == ';');
}

static void take_header(struct grpc_stream *stream, struct bytes name, struct bytes value)
{
    if (bytes_equal(name, BYTES(":path"))) {
        free(stream->path);
        stream->path = memory_text(value);
    } else if (bytes_equal(name, BYTES(":method"))) {
        stream->is_post = bytes_equal(value, BYTES("POST"));
    } else if (bytes_equal(name, BYTES("content-type"))) {
        stream->is_grpc = is_grpc_type(value);
    } else if (bytes_equal(name, BYTES("grpc-encoding"))) {
        stream->is_encoded = !bytes_equal(value, BYTES("identity"));
    }
}

/* Why HTTP alone refuses the request; NULL if it does not. */
static const char *http_refusal(const struct grpc_stream *stream)
{
    if (stream->header_size > HEADER_LIST_MAX)
        return "431";
    if (!stream->is_post || !stream->path)
        return "405";
    return stream->is_grpc ? NULL : "415";
}

static void open_stream(struct grpc_stream *stream)
{
    struct grpc_server *server = stream->connection->server;
    const char *http_status = http_refusal(stream);
    if (http_status) {
        const nghttp2_nv header = HEADER(":status", http_status, strlen(http_status));
        nghttp2_submit_response(stream->connection->session, stream->id, &header, 1, NULL);
        return;
    }
    stream->is_open = true;
    if (!server->events->opened(server->context, stream)) {
        struct buffer message = {0};
        stream->is_open = false;
        buffer_printf(&message, "unknown method %s", stream->path);
        end(stream, GRPC_UNIMPLEMENTED, message.data);
        buffer_clear(&message);
    }
}

const char *grpc_path(const struct grpc_stream *stream)
{
    return stream->path;
}

const char *grpc_peer(const struct grpc_stream *stream)
{
    return stream->connection->peer;
}

bool grpc_share_connection(const struct grpc_stream *one, const struct grpc_stream *other)
{
    return one->connection == other->connection;
}

void *grpc_user(const struct grpc_stream *stream)
{
    return stream->user;
}

void grpc_set_user(struct grpc_stream *stream, void *user)
{
    stream->user = user;
}

/* ---- nghttp2 calls ---- */

/* Frames that carry a call forward; all others cost the sender nothing and us time. */
static bool is_work(uint8_t type)
{
    return type == NGHTTP2_DATA || type == NGHTTP2_HEADERS || type == NGHTTP2_WINDOW_UPDATE;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *context)
{
    (void)session;
    if (!is_work(head->type))
        connection_count_glitch(context);
    return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    (void)session;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        stream_new(context, frame->hd.stream_id);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *context)
{
    (void)flags, (void)context;
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!stream || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    stream->header_size += name_size + value_size + HEADER_OVERHEAD;
    if (stream->header_size <= HEADER_LIST_MAX)
        take_header(stream, (struct bytes){(const char *)name, name_size},
                    (struct bytes){(const char *)value, value_size});
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct connection *connection = context;
    const nghttp2_frame_hd *head = &frame->hd;
    connection_heard_frame(connection);
    if (head->type != NGHTTP2_DATA && head->type != NGHTTP2_HEADERS)
        return 0;
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, head->stream_id);
    if (!stream)
        return 0;
    if (head->type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        open_stream(stream);
    if (head->flags & NGHTTP2_FLAG_END_STREAM)
        close_half(stream);
    else if (head->type == NGHTTP2_DATA && head->length == 0)
        connection_count_glitch(connection);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t size, void *context)
{
    (void)flags, (void)context;
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (stream)
        feed(stream, (struct bytes){(const char *)data, size});
    return 0;
}

/* After our trailers nothing of the peer's is wanted: a stream that it leaves half open would count
 * against its GRPC_STREAMS_MAX for ever. RFC 9113, 8.1: RST_STREAM with NO_ERROR. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    const nghttp2_frame_hd *head = &frame->hd;
    if (head->type == NGHTTP2_HEADERS && head->flags & NGHTTP2_FLAG_END_STREAM &&
        nghttp2_session_get_stream_remote_close(session, head->stream_id) == 0)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, head->stream_id, NGHTTP2_NO_ERROR);
    if (head->type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
        connection_count_glitch(context);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    (void)error, (void)context;
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (stream)
        stream_free(stream);
    return 0;
}

nghttp2_session_callbacks *stream_callbacks(void)
{
    nghttp2_session_callbacks *calls;
    if (nghttp2_session_callbacks_new(&calls) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_frame_callback(calls, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_send_data_callback(calls, send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_stream_close);
    return calls;
}
