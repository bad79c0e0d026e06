/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's side of HTTP/1.1 on this machine: a request that is sent again and again with
 * another number in it, and where its answer ends.
 */
#ifndef BENCH_HTTP_CLIENT_H
#define BENCH_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

#define MARK "########" /* becomes a number of as many digits */
#define MARK_SIZE (sizeof(MARK) - 1)
#define MARKS_MAX 4

struct request {
    char *text;
    size_t size;
    char *marks[MARKS_MAX]; /* NULL: no more */
};

/* header: a whole line without its end, or NULL. Owned by the caller: text, to be freed. */
static inline struct request request_make(unsigned short port, const char *method,
                                          const char *target, const char *header, const char *body)
{
    struct request request = {0};
    int size = asprintf(&request.text,
                        "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        method, target, port, header ? header : "", header ? "\r\n" : "",
                        strlen(body), body);
    if (size < 0)
        die("request");
    request.size = (size_t)size;
    char *mark = request.text;
    for (size_t i = 0; i < MARKS_MAX && (mark = strstr(mark, MARK)); i++) {
        request.marks[i] = mark;
        mark += MARK_SIZE;
    }
    return request;
}

static inline void mark_fill(char *mark, size_t number)
{
    char digits[32];
    snprintf(digits, sizeof(digits), "%08zu", number);
    memcpy(mark, digits, MARK_SIZE);
}

static inline void request_send(const struct request *request, size_t number, int fd)
{
    for (size_t i = 0; i < MARKS_MAX && request->marks[i]; i++)
        mark_fill(request->marks[i], number);
    if (write(fd, request->text, request->size) != (ssize_t)request->size)
        die("write");
}

/* The size of the whole answer, which is NUL-terminated; 0 as long as its head is not there. */
static inline size_t answer_size(const char *answer)
{
    const char *head_end = strstr(answer, "\r\n\r\n");
    if (!head_end)
        return 0;
    const char *length = strcasestr(answer, "\r\ncontent-length:");
    size_t head = (size_t)(head_end - answer) + 4;
    return head + (length ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0);
}

static inline int answer_is_good(const char *answer)
{
    return answer[strlen("HTTP/1.1 ")] == '2';
}

static inline int connect_to(unsigned short port)
{
    struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0)
        die("connect");
    return fd;
}

#endif
