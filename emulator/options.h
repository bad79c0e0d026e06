/* SPDX-License-Identifier: Apache-2.0
 *
 * What the command line and the environment ask for. One table of options makes the parser, the
 * variables, the defaults and the help text.
 *
 * Lifetime: strings are borrowed from the arguments and the environment, or live in the arena.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "arn.h"
#include "log.h"
#include "store.h"

enum command {
    COMMAND_SERVE,
    COMMAND_BOOTSTRAP,
    COMMAND_SCHEMA,
    COMMAND_HEALTH,
    COMMAND_VERSION,
    COMMAND_HELP
};

struct options {
    enum command command;
    const char *listen;                     /* of health: HOST:PORT to ask */
    const char *tls_cert, *tls_key;         /* files; both or neither */
    const char *const *xds;                 /* ends in NULL; of bootstrap: the last counts */
    const char *xds_tls_cert, *xds_tls_key; /* files; of serve: both or neither */
    /* ARN=CHAIN,KEY and ARN=PEM, in that form; end in NULL; NULL: none */
    const char *const *certificates, *const *authorities;
    const char *data;
    bool is_memory; /* settled against --data and --durability */
    enum store_durability durability;
    uint64_t map_size;
    const char *seed; /* NULL: none */
    struct scope scope;
    bool quotas, cors;
    uint64_t operation_delay_ms;
    const char *const *control_hosts; /* ends in NULL; NULL: none */
    enum log_level log_level;
    enum log_format log_format;
    uint64_t wait_sec; /* of health */
    /* of bootstrap; NULL: not given */
    const char *node, *admin, *sds_socket, *mode, *address, *app_address, *vips;
};

/* arguments: those of main without the program's name, up to a NULL. environment: NAME=value
 * strings up to a NULL. False with one line for people in *out_reason (in the arena). */
bool options_read(struct options *out, struct arena *, char *const *arguments,
                  char *const *environment, const char **out_reason);

/* True if --xds says that there is to be none. */
bool options_xds_is_off(const struct options *);

/* Appends commands and options, with their defaults and meanings. */
void options_print_help(struct buffer *);

#endif
