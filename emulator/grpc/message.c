/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <assert.h>

/* ---- in ---- */

static size_t prefix_length(const char *prefix)
{
    const unsigned char *p = (const unsigned char *)prefix;
    return (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
}

static enum message_result check_prefix(const char *prefix)
{
    if (prefix[0] != 0)
        return prefix[0] == 1 ? MESSAGE_COMPRESSED : MESSAGE_BAD_FLAG;
    return prefix_length(prefix) > GRPC_MESSAGE_MAX ? MESSAGE_TOO_LARGE : MESSAGE_WHOLE;
}

static void advance(struct bytes *input, size_t size)
{
    input->data += size;
    input->size -= size;
}

/* Moves bytes from *input until partial holds `size`. */
static bool fill(struct buffer *partial, size_t size, struct bytes *input)
{
    size_t missing = size - partial->size;
    size_t moved = missing < input->size ? missing : input->size;
    if (moved) {
        buffer_append(partial, input->data, moved);
        advance(input, moved);
    }
    return partial->size == size;
}

static enum message_result take_in_pieces(struct buffer *partial, struct bytes *input,
                                          struct bytes *out)
{
    if (partial->size < MESSAGE_PREFIX && !fill(partial, MESSAGE_PREFIX, input))
        return MESSAGE_NEEDS_MORE;
    enum message_result result = check_prefix(partial->data);
    if (result != MESSAGE_WHOLE)
        return result;
    size_t length = prefix_length(partial->data);
    if (!fill(partial, MESSAGE_PREFIX + length, input))
        return MESSAGE_NEEDS_MORE;
    *out = (struct bytes){partial->data + MESSAGE_PREFIX, length};
    return MESSAGE_WHOLE;
}

enum message_result message_take(struct incoming *in, struct bytes *input, struct bytes *out)
{
    if (in->is_given)
        incoming_clear(in);
    if (in->partial.size == 0 && input->size >= MESSAGE_PREFIX) {
        enum message_result result = check_prefix(input->data);
        if (result != MESSAGE_WHOLE)
            return result;
        size_t length = prefix_length(input->data);
        if (input->size - MESSAGE_PREFIX >= length) {
            *out = (struct bytes){input->data + MESSAGE_PREFIX, length};
            advance(input, MESSAGE_PREFIX + length);
            return MESSAGE_WHOLE;
        }
    }
    enum message_result result = take_in_pieces(&in->partial, input, out);
    in->is_given = result == MESSAGE_WHOLE;
    return result;
}

void incoming_clear(struct incoming *in)
{
    buffer_clear(&in->partial);
    in->is_given = false;
}

/* ---- out ---- */

static size_t message_length(const struct grpc_message *message)
{
    size_t length = 0;
    for (size_t i = 0; i < message->count; i++)
        length += message->parts[i].size;
    assert(length <= UINT32_MAX);
    return length;
}

void outgoing_set(struct outgoing *out, const struct grpc_message *message)
{
    assert(!out->is_full);
    *out = (struct outgoing){.message = *message, .is_full = true};
}

/* The bytes of one part: of the prefix, written to `prefix`, for part 0. */
static struct bytes part_of(const struct outgoing *out, char prefix[MESSAGE_PREFIX])
{
    if (out->part > 0)
        return out->message.parts[out->part - 1];
    size_t length = message_length(&out->message);
    prefix[0] = 0;
    for (int i = 1; i < MESSAGE_PREFIX; i++)
        prefix[i] = (char)(length >> (8 * (MESSAGE_PREFIX - 1 - i)) & 0xff);
    return (struct bytes){prefix, MESSAGE_PREFIX};
}

size_t outgoing_left(const struct outgoing *out)
{
    size_t left = 0;
    char prefix[MESSAGE_PREFIX];
    if (!out->is_full)
        return 0;
    for (struct outgoing at = *out; at.part <= at.message.count; at.part++)
        left += part_of(&at, prefix).size;
    return left - out->offset;
}

size_t outgoing_read(struct outgoing *out, unsigned char *to, size_t size)
{
    size_t used = 0;
    char prefix[MESSAGE_PREFIX];
    while (out->is_full) {
        struct bytes part = part_of(out, prefix);
        size_t left = part.size - out->offset;
        size_t moved = left < size - used ? left : size - used;
        if (moved)
            memcpy(to + used, part.data + out->offset, moved);
        used += moved;
        out->offset += moved;
        if (moved < left)
            break;
        out->offset = 0;
        if (out->part++ == out->message.count)
            outgoing_clear(out);
    }
    return used;
}

void outgoing_clear(struct outgoing *out)
{
    struct grpc_message message = out->message;
    *out = (struct outgoing){0};
    if (message.release)
        message.release(message.owner);
}
