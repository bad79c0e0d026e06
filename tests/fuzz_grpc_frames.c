/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes after the preface into a connection with the echo service behind it: nothing may be
 * left open, and what it holds back for a peer that does not read stays bounded.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "echo.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct grpc_server *server_of_all_runs(void)
{
    static struct grpc_server *server;
    if (!server) {
        const struct grpc_options options = {.address = "127.0.0.1:0", .events = &echo_events};
        struct arena arena = {0};
        const char *reason;
        server = grpc_listen(loop_new(), &options, &arena, &reason);
        assert(server);
        arena_clear(&arena);
    }
    return server;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
        abort();
    struct connection *connection = connection_new(server_of_all_runs(), ends[0], "fuzz");
    connection_feed(connection, BYTES(PREFACE));
    for (size_t at = 0; at < size && !connection->is_dead; at += 4096) {
        struct bytes piece = {(const char *)data + at, size - at < 4096 ? size - at : 4096};
        connection_feed(connection, piece);
        connection_flush(connection);
        assert(connection->output.size <= IO_SIZE);
    }
    connection_free(connection);
    close(ends[1]);
    assert(echo_log.open == 0 && server_of_all_runs()->partial_size == 0);
    return 0;
}
