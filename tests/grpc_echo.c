/* SPDX-License-Identifier: Apache-2.0
 *
 * The service of echo.h as a program, for clients that are not ours:
 *     grpc_echo ADDRESS [CERTIFICATE KEY]
 * Prints the address as bound, ends by SIGTERM: drains, then exits with 1 if a stream was left
 * over.
 */
#include <signal.h>

#include "echo.h"
#include "loop.h"

static struct loop *loop;

static void on_signal(int number)
{
    (void)number;
    loop_stop(loop);
}

static char *read_file(const char *path)
{
    struct buffer text = {0};
    char block[4096];
    size_t size;
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file)
        return NULL;
    while ((size = fread(block, 1, sizeof(block), file)) > 0)
        buffer_append(&text, block, size);
    fclose(file);
    return text.data;
}

static void stop(void *context)
{
    loop_stop(context);
}

static void serve(struct grpc_server *server)
{
    printf("%s\n", grpc_address(server));
    fflush(stdout);
    loop_run(loop);
    grpc_drain(server, 2000, stop, loop);
    loop_run(loop);
    grpc_close(server);
}

int main(int count, char **arguments)
{
    char *certificate = read_file(count > 3 ? arguments[2] : NULL);
    char *key = read_file(count > 3 ? arguments[3] : NULL);
    const struct grpc_options options = {.address = count > 1 ? arguments[1] : "127.0.0.1:0",
                                         .tls_certificate = certificate,
                                         .tls_key = key,
                                         .events = &echo_events};
    struct arena arena = {0};
    const char *reason = "";
    loop = loop_new();
    signal(SIGTERM, on_signal);
    struct grpc_server *server = grpc_listen(loop, &options, &arena, &reason);
    if (server)
        serve(server);
    else
        fprintf(stderr, "%s\n", reason);
    loop_free(loop);
    arena_clear(&arena);
    free(certificate);
    free(key);
    return server && echo_log.open == 0 ? 0 : 1;
}
