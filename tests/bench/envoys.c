/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: envoys [-d] [-p PID] [-H HEADER] STREAMS NODE XDS_PORT API_PORT
 *
 * Streams that behave as Envoys (envoy.h), state of the world or delta (-d): the first of NODE with
 * 0 in place of a run of eight '#', the next with 1, ... All come at once; when each has an answer
 * to all that it asked for, one line of JSON says how long that took.
 *
 * Then, for each line `ROUNDS FIRST EXPECTED QUIET_MS METHOD TARGET BODY` on standard input: ROUNDS
 * changes, one after the other, by a request (HEADER is a line of it) in which a run of eight '#'
 * is FIRST, FIRST + 1, ... A change is over when its answer and a response for each of the first
 * EXPECTED streams are in, and nothing more came for QUIET_MS. One line of JSON sums them up, with
 * the CPU time that the process PID used for one. It ends with its input, or when a line is not
 * done within a minute.
 */
#include <sys/epoll.h>
#include <sys/resource.h>

#include "envoy.h"
#include "http_client.h"

#define PATIENCE_S 60
#define READY_MAX 64
#define ANSWER_MAX 262144

struct load {
    bool is_delta;
    pid_t server; /* 0: not told */
    const char *header;
    unsigned short xds_port, api_port;
    struct envoy *envoys;
    size_t count, synced;
    int epoll, api;

    /* the change under way */
    size_t expected, waiting;
    bool *has_it;                /* of each envoy */
    double last_us, answered_us; /* 0: not yet */
    size_t answer_size;
    char answer[ANSWER_MAX];
};

/* ---- what comes ---- */

static void take_response(struct load *load, struct envoy *envoy)
{
    size_t number = (size_t)(envoy - load->envoys), messages = envoy->tally.messages;
    bool was_synced = envoy->is_synced;
    envoy_read(envoy);
    load->synced += envoy->is_synced && !was_synced;
    if (number >= load->expected || envoy->tally.messages == messages || load->has_it[number])
        return;
    load->has_it[number] = true;
    if (--load->waiting == 0)
        load->last_us = now_us();
}

static void take_answer(struct load *load)
{
    ssize_t size =
        read(load->api, load->answer + load->answer_size, ANSWER_MAX - 1 - load->answer_size);
    if (size <= 0)
        die("the server closed the API's connection");
    load->answer_size += (size_t)size;
    load->answer[load->answer_size] = '\0';
    size_t whole = answer_size(load->answer);
    if (whole == 0 || load->answer_size < whole)
        return;
    load->answered_us = now_us();
    if (!answer_is_good(load->answer))
        die(load->answer);
}

/* False if nothing came in that time; -1 is for ever. */
static bool take_what_comes(struct load *load, int timeout_ms)
{
    struct epoll_event ready[READY_MAX];
    int count = epoll_wait(load->epoll, ready, READY_MAX, timeout_ms);
    for (int i = 0; i < count; i++)
        if (ready[i].data.ptr)
            take_response(load, ready[i].data.ptr);
        else
            take_answer(load);
    return count > 0;
}

/* envoy NULL: the API. */
static void watch(const struct load *load, int fd, struct envoy *envoy)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = envoy};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll");
}

/* Takes the tallies of all but the first ones. */
static struct tally collect(struct load *load, size_t first)
{
    struct tally sum = {0};
    for (size_t i = first; i < load->count; i++) {
        struct tally *tally = &load->envoys[i].tally;
        sum.bytes += tally->bytes;
        sum.messages += tally->messages;
        for (enum type type = 0; type < TYPE_COUNT; type++)
            sum.resources[type] += tally->resources[type];
        *tally = (struct tally){0};
    }
    return sum;
}

static void print_tallies(struct load *load, size_t expected)
{
    size_t other_bytes = collect(load, expected).bytes;
    struct tally tally = collect(load, 0);
    printf("\"bytes\":%zu,\"other_bytes\":%zu,\"messages\":%zu", tally.bytes, other_bytes,
           tally.messages);
    for (enum type type = 0; type < TYPE_COUNT; type++)
        printf(",\"%s\":%zu", type_names[type], tally.resources[type]);
    puts("}");
}

/* ---- changes ---- */

struct order {
    size_t rounds, first;
    int quiet_ms;
    struct request request;
};

static double server_cpu_us(const struct load *load)
{
    struct timespec used = {0};
    clockid_t clock;
    if (load->server == 0)
        return 0;
    if (clock_getcpuclockid(load->server, &clock) != 0 || clock_gettime(clock, &used) != 0)
        die("the server's clock");
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* When it was sent. Followed by quiet, it is looked for without a pause: otherwise the server would
 * spend a sixth of its time on waking us. */
static double change(struct load *load, const struct order *order, size_t number)
{
    memset(load->has_it, false, load->count * sizeof(*load->has_it));
    load->waiting = load->expected;
    load->answer_size = 0;
    load->answered_us = 0;
    double sent_us = now_us();
    load->last_us = load->expected > 0 ? 0 : sent_us;
    request_send(&order->request, order->first + number, load->api);
    while (load->last_us == 0 || load->answered_us == 0)
        take_what_comes(load, order->quiet_ms > 0 ? 0 : -1);
    return sent_us;
}

static void run(struct load *load, const struct order *order)
{
    struct samples answers = {0}, lasts = {0}, cpus = {0};
    while (take_what_comes(load, 0)) /* PINGs that came while nobody looked */
        ;
    collect(load, 0);
    double start_us = now_us();
    for (size_t i = 0; i < order->rounds; i++) {
        double cpu_us = server_cpu_us(load);
        double sent_us = change(load, order, i);
        samples_add(&answers, load->answered_us - sent_us);
        samples_add(&lasts, load->last_us - sent_us);
        while (order->quiet_ms > 0 && take_what_comes(load, order->quiet_ms))
            ;
        samples_add(&cpus, server_cpu_us(load) - cpu_us);
    }
    printf("{\"took_us\":%.1f,\"answer_us\":%.1f,\"last_us\":%.1f,\"cpu_us\":%.1f,",
           now_us() - start_us, samples_percentile(&answers, 50), samples_percentile(&lasts, 50),
           samples_percentile(&cpus, 50));
    print_tallies(load, load->expected);
    free(answers.times_us);
    free(lasts.times_us);
    free(cpus.times_us);
}

static void run_line(struct load *load, char *line)
{
    struct order order = {0};
    char method[16], target[1024];
    int body = 0;
    line[strcspn(line, "\n")] = '\0';
    sscanf(line, "%zu %zu %zu %d %15s %1023s %n", &order.rounds, &order.first, &load->expected,
           &order.quiet_ms, method, target, &body);
    if (body == 0 || load->expected > load->count)
        die(line);
    order.request = request_make(load->api_port, method, target, load->header, line + body);
    load->api = connect_to(load->api_port);
    watch(load, load->api, NULL);
    run(load, &order);
    close(load->api);
    free(order.request.text);
}

/* ---- life ---- */

static void come(struct load *load, char *node)
{
    char *mark = strstr(node, MARK);
    double start_us = now_us();
    for (size_t i = 0; i < load->count; i++) {
        if (mark)
            mark_fill(mark, i);
        envoy_open(&load->envoys[i], load->xds_port, load->is_delta, node);
        watch(load, load->envoys[i].fd, &load->envoys[i]);
    }
    while (load->synced < load->count)
        take_what_comes(load, -1);
    printf("{\"synced_us\":%.1f,", now_us() - start_us);
    print_tallies(load, load->count);
}

static void allow_files(size_t count)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < count || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("so many files");
}

static void serve(struct load *load, char *node)
{
    char *line = NULL;
    size_t capacity = 0;
    allow_files(load->count + 16);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->envoys = calloc(load->count, sizeof(*load->envoys));
    load->has_it = calloc(load->count, sizeof(*load->has_it));
    if (!load->envoys || !load->has_it)
        die("envoys");
    alarm(PATIENCE_S);
    come(load, node);
    for (alarm(0); getline(&line, &capacity, stdin) > 0; alarm(0)) {
        alarm(PATIENCE_S);
        run_line(load, line);
    }
    for (size_t i = 0; i < load->count; i++)
        envoy_close(&load->envoys[i]);
    free(load->envoys);
    free(load->has_it);
    free(line);
}

int main(int argc, char **argv)
{
    static struct load load;
    for (int option; (option = getopt(argc, argv, "dp:H:")) != -1;) {
        switch (option) {
        case 'd':
            load.is_delta = true;
            break;
        case 'p':
            load.server = (pid_t)strtol(optarg, NULL, 10);
            break;
        case 'H':
            load.header = optarg;
            break;
        default:
            return 2;
        }
    }
    if (argc - optind != 4) {
        fputs("usage: envoys [options] STREAMS NODE XDS_PORT API_PORT\n", stderr);
        return 2;
    }
    load.count = strtoul(argv[optind], NULL, 10);
    load.xds_port = (unsigned short)strtoul(argv[optind + 2], NULL, 10);
    load.api_port = (unsigned short)strtoul(argv[optind + 3], NULL, 10);
    setvbuf(stdout, NULL, _IOLBF, 0);
    serve(&load, argv[optind + 1]);
    return 0;
}
