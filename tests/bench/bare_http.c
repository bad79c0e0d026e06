/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: bare_http FILE
 *
 * The ceiling of a server over libmicrohttpd: answers every request with the bytes of the file and
 * headers like the emulator's. A response is made for each, as it must be where answers differ;
 * options and loop are the emulator's. Prints its port; ends when its standard input does.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BODY_MAX 65536

struct body {
    char data[BODY_MAX];
    size_t size;
};

static enum MHD_Result queue_body(struct MHD_Connection *connection, struct body *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "x-amzn-requestid", "8c3a4a1e-5d0c-4a43-9d92-9a1d3c1a3c55");
    MHD_add_response_header(response, "content-type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(void *body, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    (void)url, (void)method, (void)version, (void)data;
    if (!*context) {
        *context = body; /* an answer to the head alone would close the connection */
        return MHD_YES;
    }
    if (*size) {
        *size = 0;
        return MHD_YES;
    }
    return queue_body(connection, body);
}

static size_t read_file(const char *path, char *out)
{
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(out, 1, BODY_MAX, file) : 0;
    if (file)
        fclose(file);
    return size;
}

static void serve(struct MHD_Daemon *daemon)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct epoll_event of_daemon = {.events = EPOLLIN, .data.fd = inner};
    struct epoll_event of_input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    epoll_ctl(epoll, EPOLL_CTL_ADD, inner, &of_daemon);
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &of_input);
    for (;;) {
        struct epoll_event ready[2];
        MHD_UNSIGNED_LONG_LONG wait_ms;
        int timeout = MHD_get_timeout(daemon, &wait_ms) == MHD_YES ? (int)wait_ms : -1;
        int count = epoll_wait(epoll, ready, 2, timeout);
        for (int i = 0; i < count; i++)
            if (ready[i].data.fd == STDIN_FILENO)
                return;
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    static struct body body;
    body.size = argc == 2 ? read_file(argv[1], body.data) : 0;
    if (body.size == 0) {
        fputs("usage: bare_http FILE\n", stderr);
        return 2;
    }
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer, &body,
                         MHD_OPTION_SOCK_ADDR, &local, MHD_OPTION_CONNECTION_LIMIT, 1100u,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
                         MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
    if (!daemon) {
        perror("bare_http");
        return 1;
    }
    printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    MHD_run(daemon);
    serve(daemon);
    MHD_stop_daemon(daemon);
    return 0;
}
