/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "options.h"

#define WORDS 8

struct start {
    char *arguments[WORDS], *environment[WORDS];
};

struct fixture {
    struct arena arena;
    struct options options;
    const char *reason;
};

static bool read(struct fixture *fixture, const struct start *start)
{
    fixture->reason = NULL;
    return options_read(&fixture->options, &fixture->arena, start->arguments, start->environment,
                        &fixture->reason);
}

static const struct options *read_well(struct fixture *fixture, const struct start *start)
{
    if (!read(fixture, start))
        fail_msg("%s", fixture->reason);
    return &fixture->options;
}

static void without_arguments_the_defaults_hold(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    const struct options *options = read_well(&fixture, &(struct start){0});
    assert_int_equal(options->command, COMMAND_SERVE);
    assert_string_equal(options->listen, "127.0.0.1:18080");
    assert_null(options->tls_cert);
    assert_string_equal(options->xds[0], "127.0.0.1:18000");
    assert_null(options->xds[1]);
    assert_false(options_xds_is_off(options));
    assert_string_equal(options->data, "./.appmesh-emulator");
    assert_false(options->is_memory);
    assert_int_equal(options->durability, STORE_POWER);
    assert_int_equal(options->map_size, (uint64_t)64 << 30);
    assert_null(options->seed);
    assert_string_equal(options->scope.account, "123456789012");
    assert_string_equal(options->scope.region, "us-west-2");
    assert_false(options->quotas);
    assert_false(options->cors);
    assert_null(options->control_hosts);
    assert_int_equal(options->log_level, LOG_INFO);
    assert_int_equal(options->log_format, LOG_TEXT);
    arena_clear(&fixture.arena);
}

static void the_command_line_wins_over_the_environment(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    const struct options *options = read_well(
        &fixture, &(struct start){
                      {"serve",                      "--listen=[::1]:0", "--durability",        "process"},
                      { "APPMESH_EMULATOR_LISTEN=0.0.0.0:1", "APPMESH_EMULATOR_REGION=eu-west-1",
                       "APPMESH_EMULATOR_CORS=true", "APPMESH_EMULATOR_QUOTAS=0",
                       "APPMESH_EMULATOR_MAP_SIZE=", "APPMESH_EMULATOR_PORT=tcp://10.0.0.1:80",
                       "APPMESH_EMULATOR_LOG_FORMAT=json"}
    });
    assert_string_equal(options->listen, "[::1]:0");
    assert_int_equal(options->durability, STORE_PROCESS);
    assert_string_equal(options->scope.region, "eu-west-1");
    assert_true(options->cors);
    assert_false(options->quotas);
    assert_int_equal(options->map_size, (uint64_t)64 << 30);
    assert_int_equal(options->log_format, LOG_JSON);
    arena_clear(&fixture.arena);
}

static void health_asks_where_the_server_listens_or_the_url_says(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    char *variable = "APPMESH_EMULATOR_LISTEN=0.0.0.0:9";
    const struct options *options =
        read_well(&fixture, &(struct start){
                                {"health", "--wait", "20"},
                                {variable   }
    });
    assert_string_equal(options->listen, "0.0.0.0:9");
    assert_int_equal(options->wait_sec, 20);
    options = read_well(&fixture, &(struct start){
                                      {"health",            "--url", "http://[::1]:80/"},
                                      {variable}
    });
    assert_string_equal(options->listen, "[::1]:80");
    arena_clear(&fixture.arena);
}

static void a_repeated_option_collects_and_replaces_the_environments(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    char *variable = "APPMESH_EMULATOR_CONTROL_HOST= mesh.local  * ";
    const struct options *options = read_well(&fixture, &(struct start){{NULL}, {variable}});
    assert_string_equal(options->control_hosts[0], "mesh.local");
    assert_string_equal(options->control_hosts[1], "*");
    assert_null(options->control_hosts[2]);
    options = read_well(&fixture, &(struct start){
                                      {"--control-host",  "a", "--control-host", "b"},
                                      {variable}
    });
    assert_string_equal(options->control_hosts[0], "a");
    assert_string_equal(options->control_hosts[1], "b");
    assert_null(options->control_hosts[2]);
    options = read_well(&fixture, &(struct start){
                                      {"--certificate",  "a=b,c", "--certificate", "d=e=f,g",
                                       "--certificate-authority", "a=b,c"},
                                      {NULL}
    });
    assert_string_equal(options->certificates[0], "a=b,c");
    assert_string_equal(options->certificates[1], "d=e=f,g");
    assert_null(options->certificates[2]);
    assert_string_equal(options->authorities[0], "a=b,c");
    assert_null(options->authorities[1]);
    arena_clear(&fixture.arena);
}

static void commands_are_told_by_the_first_word(void **state)
{
    (void)state;
    static const struct {
        char *words[3];
        enum command command;
    } rows[] = {
        {{"serve"},                  COMMAND_SERVE  },
        {{"schema"},                 COMMAND_SCHEMA },
        {{"health", "--wait", "3"},  COMMAND_HEALTH },
        {{"version"},                COMMAND_VERSION},
        {{"help"},                   COMMAND_HELP   },
        {{"--help"},                 COMMAND_HELP   },
        {{"serve", "-h", "--bogus"}, COMMAND_HELP   },
        {{"--memory"},               COMMAND_SERVE  },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture = {0};
        struct start start = {
            {rows[i].words[0],  rows[i].words[1], rows[i].words[2]},
            {NULL}
        };
        assert_int_equal(read_well(&fixture, &start)->command, rows[i].command);
        arena_clear(&fixture.arena);
    }
}

/* decisions of the option table: the louder source wins, equals contradict each other. */
static void memory_against_data_is_settled_by_loudness(void **state)
{
    (void)state;
    static const struct {
        struct start start;
        bool is_memory;
    } rows[] = {
        {{{"--memory"}, {NULL}},                                                            true },
        {{{NULL}, {"APPMESH_EMULATOR_MEMORY=1"}},                                           true },
        {{{"--memory"}, {"APPMESH_EMULATOR_DATA=/d"}},                                      true },
        {{{"--data", "/d"}, {"APPMESH_EMULATOR_MEMORY=1"}},                                 false},
        {{{"--durability=power"}, {"APPMESH_EMULATOR_MEMORY=1"}},                           false},
        {{{"--memory"}, {"APPMESH_EMULATOR_DATA=/d", "APPMESH_EMULATOR_DURABILITY=power"}}, true },
        {{{"--data", "/d"}, {"APPMESH_EMULATOR_MEMORY=false"}},                             false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture fixture = {0};
        assert_int_equal(read_well(&fixture, &rows[i].start)->is_memory, rows[i].is_memory);
        arena_clear(&fixture.arena);
    }
}

static const struct {
    struct start start;
    const char *complaint;
} refused[] = {
    {{{"bogus"}, {NULL}},                                                "bogus: neither a command nor an option; see help"        },
    {{{"serve", "more"}, {NULL}},                                        "more: neither a command nor an option; see help"         },
    {{{"--bogus"}, {NULL}},                                              "--bogus: no such option; see help"                       },
    {{{"--mem"}, {NULL}},                                                "--mem: no such option; see help"                         },
    {{{"health", "--cors"}, {NULL}},                                     "--cors: not an option of health"                         },
    {{{"serve", "--wait", "1"}, {NULL}},                                 "--wait: not an option of serve"                          },
    {{{"--xds", "localhost"}, {NULL}},
     "--xds localhost: the value must be an address (IPv6 in brackets), a colon and a port; unix: "
     "and a path; or off"                                                                                                          },
    {{{"--xds", "off", "--xds", "[::1]:0"}, {NULL}},
     "--xds off and another --xds contradict each other"                                                                           },
    {{{"--xds-tls-cert", "c"}, {NULL}},                                  "--xds-tls-cert and --xds-tls-key: one needs the other"   },
    {{{"bootstrap"}, {NULL}},                                            "--node: bootstrap needs it"                              },
    {{{"--listen"}, {NULL}},                                             "--listen: needs ADDR:PORT"                               },
    {{{"--data", ""}, {NULL}},                                           "--data : the value must be not empty"                    },
    {{{"--listen", "::1:1"}, {NULL}},
     "--listen ::1:1: the value must be an address (IPv6 in brackets), a colon and a port"                                         },
    {{{"--listen", "127.0.0.1:65536"}, {NULL}},
     "--listen 127.0.0.1:65536: the value must be an address (IPv6 in brackets), a colon and a "
     "port"                                                                                                                        },
    {{{"--listen", "127.0.0.1"}, {NULL}},
     "--listen 127.0.0.1: the value must be an address (IPv6 in brackets), a colon and a port"                                     },
    {{{"--map-size", "1k"}, {NULL}},                                     "--map-size 1k: the value must be bytes, at least 1048576"},
    {{{"--map-size", "-1"}, {NULL}},                                     "--map-size -1: the value must be bytes, at least 1048576"},
    {{{"--map-size", "99999999999999999999"}, {NULL}},
     "--map-size 99999999999999999999: the value must be bytes, at least 1048576"                                                  },
    {{{"--durability", "disk"}, {NULL}},
     "--durability disk: the value must be one of power|process"                                                                   },
    {{{"--durability", "pow"}, {NULL}},                                  "--durability pow: the value must be one of power|process"},
    {{{"--account", "12345678901"}, {NULL}},                             "--account 12345678901: the value must be 12 digits"      },
    {{{"--region", "US"}, {NULL}},
     "--region US: the value must be lower case letters, digits and dashes, at most 32"                                            },
    {{{"--region", "a23456789-123456789-123456789-123"}, {NULL}},
     "--region a23456789-123456789-123456789-123: the value must be lower case letters, digits and "
     "dashes, at most 32"                                                                                                          },
    {{{"--certificate", "arn"}, {NULL}},                                 "--certificate arn: the value must be ARN=CHAIN,KEY"      },
    {{{"--certificate", "arn=chain"}, {NULL}},
     "--certificate arn=chain: the value must be ARN=CHAIN,KEY"                                                                    },
    {{{"--certificate", "arn=,key"}, {NULL}},
     "--certificate arn=,key: the value must be ARN=CHAIN,KEY"                                                                     },
    {{{"--certificate", "=chain,key"}, {NULL}},
     "--certificate =chain,key: the value must be ARN=CHAIN,KEY"                                                                   },
    {{{"--certificate", "arn=chain,"}, {NULL}},
     "--certificate arn=chain,: the value must be ARN=CHAIN,KEY"                                                                   },
    {{{"--certificate-authority", "arn="}, {NULL}},
     "--certificate-authority arn=: the value must be ARN=PEM"                                                                     },
    {{{"--memory=yes"}, {NULL}},                                         "--memory yes: the value must be 1, 0, true or false"     },
    {{{NULL}, {"APPMESH_EMULATOR_CORS=on"}},
     "APPMESH_EMULATOR_CORS=on: the value must be 1, 0, true or false"                                                             },
    {{{"health", "--wait", "3601"}, {NULL}},
     "--wait 3601: the value must be seconds, at most 3600"                                                                        },
    {{{"health", "--url", "https://127.0.0.1:1"}, {NULL}},
     "--url https://127.0.0.1:1: the value must be http://, a host, a colon and a port"                                            },
    {{{"health", "--url", "http://localhost/"}, {NULL}},
     "--url http://localhost/: the value must be http://, a host, a colon and a port"                                              },
    {{{"health", "--url", "http://:80"}, {NULL}},
     "--url http://:80: the value must be http://, a host, a colon and a port"                                                     },
    {{{"--tls-key", "k"}, {NULL}},                                       "--tls-cert and --tls-key: one needs the other"           },
    {{{"--memory", "--data", "d"}, {NULL}},                              "--memory and --data contradict each other"               },
    {{{"--memory", "--durability", "power"}, {NULL}},
     "--memory and --durability contradict each other"                                                                             },
    {{{NULL}, {"APPMESH_EMULATOR_MEMORY=1", "APPMESH_EMULATOR_DATA=d"}},
     "--memory and --data contradict each other"                                                                                   },
};

static void a_mistake_is_told_in_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct fixture fixture = {0};
        assert_false(read(&fixture, &refused[i].start));
        assert_string_equal(fixture.reason, refused[i].complaint);
        arena_clear(&fixture.arena);
    }
}

static void help_names_every_option_with_its_default(void **state)
{
    (void)state;
    struct buffer help = {0};
    options_print_help(&help);
    assert_non_null(strstr(help.data, "--listen ADDR:PORT "));
    assert_non_null(strstr(help.data, " (127.0.0.1:18080)\n"));
    assert_non_null(strstr(help.data, "--log-level debug|info|warn|error|off "));
    for (const char *line = help.data; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 0, 100);
    buffer_clear(&help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_arguments_the_defaults_hold),
        cmocka_unit_test(the_command_line_wins_over_the_environment),
        cmocka_unit_test(health_asks_where_the_server_listens_or_the_url_says),
        cmocka_unit_test(a_repeated_option_collects_and_replaces_the_environments),
        cmocka_unit_test(commands_are_told_by_the_first_word),
        cmocka_unit_test(memory_against_data_is_settled_by_loudness),
        cmocka_unit_test(a_mistake_is_told_in_one_line),
        cmocka_unit_test(help_names_every_option_with_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
