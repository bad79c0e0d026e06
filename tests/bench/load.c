/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: load [-c CONNECTIONS] [-t MILLISECONDS] [-n REQUESTS] [-b BODY_FILE] [-f FIRST] [-r RANGE]
 *             [-a AUTHORIZATION] PORT METHOD TARGET
 *
 * Many keep-alive connections to a server on this machine, one request at a time each, one thread.
 * A server that closes them gets new ones.
 * A run of eight '#' in target or body becomes a number: FIRST, FIRST + 1, ... or, with -r, a
 * random one below RANGE. Ends after the time or the requests, whatever comes first. Prints rate
 * and percentiles as JSON; an answer other than 2xx is an error.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "samples.h"

#define MARK "########"
#define MARK_SIZE (sizeof(MARK) - 1)
#define MARKS_MAX 4
#define READY_MAX 64
#define ANSWER_MAX 262144

struct load {
    unsigned connections;
    double duration_us;
    size_t requests; /* how many to send */
    size_t first, range;
    unsigned short port;
    const char *authorization;
    char *request;
    size_t request_size;
    char *marks[MARKS_MAX]; /* where the number goes; NULL: no more */
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

static void make_request(struct load *load, const char *method, const char *target,
                         const char *body)
{
    int size = asprintf(&load->request,
                        "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        method, target, load->port, load->authorization ? "Authorization: " : "",
                        load->authorization ? load->authorization : "",
                        load->authorization ? "\r\n" : "", strlen(body), body);
    if (size < 0)
        die("load");
    load->request_size = (size_t)size;
    char *mark = load->request;
    for (size_t i = 0; i < MARKS_MAX && (mark = strstr(mark, MARK)); i++) {
        load->marks[i] = mark;
        mark += MARK_SIZE;
    }
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
    char number[32];
    if (load->sent == load->requests)
        return;
    snprintf(number, sizeof(number), "%08zu", next_number(load));
    for (size_t i = 0; i < MARKS_MAX && load->marks[i]; i++)
        memcpy(load->marks[i], number, MARK_SIZE);
    load->sent++;
    connection->size = 0;
    connection->started_us = now_us();
    if (write(connection->fd, load->request, load->request_size) != (ssize_t)load->request_size)
        die("write");
}

/* ---- answers, and connections ---- */

static void connection_open(struct load *load, struct connection *connection)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons(load->port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (struct sockaddr *)&server, sizeof(server)) != 0 ||
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        die("connect");
}

/* The size of the whole answer; 0 as long as its head is not there. */
static size_t whole_size(const struct connection *connection)
{
    const char *head_end = memmem(connection->answer, connection->size, "\r\n\r\n", 4);
    if (!head_end)
        return 0;
    const char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t head = (size_t)(head_end - connection->answer) + 4;
    return head + (length ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0);
}

static void read_answer(struct load *load, struct connection *connection)
{
    ssize_t size = read(connection->fd, connection->answer + connection->size,
                        ANSWER_MAX - 1 - connection->size);
    if (size <= 0)
        die("the server closed a connection");
    connection->size += (size_t)size;
    connection->answer[connection->size] = '\0';
    size_t whole = whole_size(connection);
    if (whole == 0 || connection->size < whole)
        return;
    samples_add(&load->samples, now_us() - connection->started_us);
    load->answered++;
    if (connection->answer[strlen("HTTP/1.1 ")] != '2' && load->errors++ == 0)
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
    const char *body = "";
    for (int option; (option = getopt(argc, argv, "c:t:n:b:f:r:a:")) != -1;) {
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
        case 'a':
            load.authorization = optarg;
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
    make_request(&load, argv[optind + 1], argv[optind + 2], body);
    struct connection *connections = calloc(load.connections, sizeof(*connections));
    if (!connections)
        die("load");
    for (unsigned i = 0; i < load.connections; i++)
        connection_open(&load, &connections[i]);
    double took = run(&load, connections);
    samples_print(&load.samples, took, load.errors);
    free(connections);
    free(load.request);
    return 0;
}
