/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as length-prefixed messages: cut into pieces, whose size the first byte tells, they
 * give the same messages and the same verdict as in one.
 */
#include <assert.h>
#include <stdint.h>

#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends each message and a mark to out, then what stopped it. */
static enum message_result take_all(struct incoming *in, struct bytes input, struct buffer *out)
{
    enum message_result result;
    struct bytes message;
    while ((result = message_take(in, &input, &message)) == MESSAGE_WHOLE) {
        if (message.size)
            buffer_append(out, message.data, message.size);
        buffer_printf(out, "|%zu|", message.size);
    }
    return result;
}

static enum message_result take_pieces(struct bytes input, size_t piece, struct buffer *out)
{
    struct incoming in = {0};
    enum message_result result = MESSAGE_NEEDS_MORE;
    for (size_t at = 0; at < input.size && result == MESSAGE_NEEDS_MORE; at += piece) {
        size_t size = input.size - at < piece ? input.size - at : piece;
        result = take_all(&in, (struct bytes){input.data + at, size}, out);
    }
    incoming_clear(&in);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = {(const char *)data + 1, size - 1};
    struct buffer whole = {0}, cut = {0};
    enum message_result a = take_pieces(input, size, &whole);
    enum message_result b = take_pieces(input, (size_t)data[0] + 1, &cut);
    assert(a == b && bytes_equal(buffer_bytes(&whole), buffer_bytes(&cut)));
    buffer_clear(&whole);
    buffer_clear(&cut);
    return 0;
}
