/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: ready PROGRAM [ARGUMENT...]
 *
 * Starts the program and prints how many microseconds pass until the first line on its standard
 * output is there; then ends it by SIGTERM and waits for it.
 */
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "samples.h"

extern char **environ;

static pid_t start(char **arguments, int output)
{
    pid_t pid;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    int rc = posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (rc != 0) {
        fprintf(stderr, "ready: %s: %s\n", arguments[0], strerror(rc));
        exit(EXIT_FAILURE);
    }
    return pid;
}

int main(int argc, char **argv)
{
    int ends[2];
    char line[4096];
    if (argc < 2 || pipe(ends) != 0) {
        fputs("usage: ready PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    double begin = now_us();
    pid_t pid = start(argv + 1, ends[1]);
    close(ends[1]);
    ssize_t size = read(ends[0], line, sizeof(line)); /* one short line is one write */
    double took = now_us() - begin;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    if (size <= 0)
        return 1;
    printf("%.1f\n", took);
    return 0;
}
