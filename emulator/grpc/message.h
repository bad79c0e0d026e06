/* SPDX-License-Identifier: Apache-2.0
 *
 * Length-prefixed messages: a flag byte, the length in four bytes big-endian, the message.
 * Source: grpc/grpc: doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message". No I/O.
 */
#ifndef GRPC_MESSAGE_H
#define GRPC_MESSAGE_H

#include "grpc.h"

#define MESSAGE_PREFIX 5

enum message_result {
    MESSAGE_WHOLE,
    MESSAGE_NEEDS_MORE,
    MESSAGE_TOO_LARGE,  /* over GRPC_MESSAGE_MAX */
    MESSAGE_COMPRESSED, /* the flag is 1 */
    MESSAGE_BAD_FLAG,   /* neither 0 nor 1 */
};

/* What came of a message that is not whole yet. All zero is nothing. */
struct incoming {
    struct buffer partial; /* prefix included */
    bool is_given;         /* partial was handed out and goes with the next call */
};

/* Takes the next message off the front of *input. A message that lies whole in *input is not
 * copied.
 * Lifetime: *out is borrowed until the next call, or the end of what *input pointed at. */
enum message_result message_take(struct incoming *, struct bytes *input, struct bytes *out);
void incoming_clear(struct incoming *);

/* One message on its way out. All zero is none. */
struct outgoing {
    struct grpc_message message;
    size_t part, offset; /* next byte: of the prefix while part is 0, else of parts[part - 1] */
    bool is_full;
};

void outgoing_set(struct outgoing *, const struct grpc_message *);
size_t outgoing_left(const struct outgoing *); /* bytes to be read */
/* Moves up to size bytes to out and returns how many. The message is released with its last. */
size_t outgoing_read(struct outgoing *, unsigned char *out, size_t size);
void outgoing_clear(struct outgoing *);

#endif
