/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: load [-c CONNECTIONS] [-t MILLISECONDS] [-n REQUESTS] [-b BODY_FILE] [-f FIRST] [-r RANGE]
 *             [-H HEADER] PORT METHOD TARGET
 *
 * Many keep-alive connections to a server on this machine, one request at a time each, one thread.
 * A server that closes them gets new ones.
 * A run of eight '#' in target or body becomes a number: FIRST, FIRST + 1, ... or, with -r, a
 * random one below RANGE. Ends after the time or the requests, whatever comes first. Prints rate
 * and percentiles as JSON; an answer other than 2xx is an error.
 */
#include <sys/epoll.h>

#include "http_client.h"

#define READY_MAX 64
#define ANSWER_MAX 262144

struct load {
    unsigned connections;
    double duration_us;
    size_t requests; /* how many to send */
    size_t first, range;
    unsigned short port;
    struct request request;
    size_t sent, answered, errors;
    int epoll;
    struct samples samples;
};

struct connection {
    int fd;
    double started_us;
    size_t size; /* of the answer so far */
    char answer[ANSWER_MAX];
};

/* ---- requests ---- */

static char *read_file(const char *path)
{
    static char text[ANSWER_MAX];
    FILE *file = fopen(path, "re");
    if (!file)
        die(path);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static size_t next_number(struct load *load)
{
    static uint64_t state = 88172645463325252u; /* xorshift64: Marsaglia, 2003 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return load->range ? state % load->range : load->first + load->sent;
}

static void send_next(struct load *load, struct connection *connection)
{
    if (load->sent == load->requests)
        return;
    size_t number = next_number(load);
    load->sent++;
    connection->size = 0;
    connection->started_us = now_us();
    request_send(&load->request, number, connection->fd);
}

/* ---- answers, and connections ---- */

static void connection_open(struct load *load, struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = connect_to(load->port);
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        die("epoll");
}

static void read_answer(struct load *load, struct connection *connection)
{
    ssize_t size = read(connection->fd, connection->answer + connection->size,
                        ANSWER_MAX - 1 - connection->size);
    if (size <= 0)
        die("the server closed a connection");
    connection->size += (size_t)size;
    connection->answer[connection->size] = '\0';
    size_t whole = answer_size(connection->answer);
    if (whole == 0 || connection->size < whole)
        return;
    samples_add(&load->samples, now_us() - connection->started_us);
    load->answered++;
    if (!answer_is_good(connection->answer) && load->errors++ == 0)
        fprintf(stderr, "load: %s\n", connection->answer);
    if (strstr(connection->answer, "Connection: close")) {
        close(connection->fd);
        connection_open(load, connection);
    }
    send_next(load, connection);
}

/* ---- life ---- */

static double run(struct load *load, struct connection *connections)
{
    struct epoll_event ready[READY_MAX];
    double start = now_us(), end = start + load->duration_us;
    for (unsigned i = 0; i < load->connections; i++)
        send_next(load, &connections[i]);
    while (load->answered < load->sent) {
        if (now_us() >= end)
            load->requests = load->sent; /* what is under way is waited for */
        int count = epoll_wait(load->epoll, ready, READY_MAX, -1);
        for (int i = 0; i < count; i++)
            read_answer(load, ready[i].data.ptr);
    }
    return now_us() - start;
}

int main(int argc, char **argv)
{
    struct load load = {.connections = 1, .duration_us = 1e6, .requests = SIZE_MAX};
    const char *body = "", *header = NULL;
    for (int option; (option = getopt(argc, argv, "c:t:n:b:f:r:H:")) != -1;) {
        switch (option) {
        case 'c':
            load.connections = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 't':
            load.duration_us = strtod(optarg, NULL) * 1e3;
            break;
        case 'n':
            load.requests = strtoul(optarg, NULL, 10);
            break;
        case 'b':
            body = read_file(optarg);
            break;
        case 'f':
            load.first = strtoul(optarg, NULL, 10);
            break;
        case 'H':
            header = optarg;
            break;
        case 'r':
            load.range = strtoul(optarg, NULL, 10);
            break;
        default:
            return 2;
        }
    }
    if (argc - optind != 3) {
        fputs("usage: load [options] PORT METHOD TARGET\n", stderr);
        return 2;
    }
    load.port = (unsigned short)strtoul(argv[optind], NULL, 10);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.request = request_make(load.port, argv[optind + 1], argv[optind + 2], header, body);
    struct connection *connections = calloc(load.connections, sizeof(*connections));
    if (!connections)
        die("load");
    for (unsigned i = 0; i < load.connections; i++)
        connection_open(&load, &connections[i]);
    double took = run(&load, connections);
    samples_print(&load.samples, took, load.errors);
    free(connections);
    free(load.request.text);
    return 0;
}
