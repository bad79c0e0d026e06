/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define MAP_SIZE_MIN (1 << 20)
#define WAIT_MAX_SEC 3600
#define DELAY_MAX_MS 3600000

struct option;

/* Reads text into the option's field; NULL, or what the value should have been. */
typedef const char *option_parse(const struct option *, struct arena *, const char *text,
                                 void *field);

struct option {
    const char *name;
    const char *value; /* how help names the value; the words of a choice; NULL for a flag */
    const char *fallback;
    size_t offset;
    option_parse *parse;
    unsigned commands; /* that have it: bits */
    const char *help;  /* lines */
};

static option_parse parse_flag, parse_text, parse_address, parse_choice, parse_bytes,
    parse_milliseconds, parse_seconds, parse_account, parse_region, parse_url, parse_list,
    parse_mapping, parse_xds;

#define FIELD(member) offsetof(struct options, member)
#define SERVE (1u << COMMAND_SERVE)
#define HEALTH (1u << COMMAND_HEALTH)
#define BOOTSTRAP (1u << COMMAND_BOOTSTRAP)

/* clang-format off */
static const struct option options[] = {
    {"listen", "ADDR:PORT", "127.0.0.1:18080", FIELD(listen), parse_address, SERVE | HEALTH,
     "API and control API; port 0 is a free one"},
    {"tls-cert", "FILE", NULL, FIELD(tls_cert), parse_text, SERVE,
     "PEM chain: --listen speaks HTTPS"},
    {"tls-key", "FILE", NULL, FIELD(tls_key), parse_text, SERVE,
     "PEM key that goes with it"},
    {"xds", "ADDR:PORT", "127.0.0.1:18000", FIELD(xds), parse_xds, SERVE | BOOTSTRAP,
     "where Envoys connect; also unix:PATH, or off; may be\n"
     "repeated"},
    {"xds-tls-cert", "FILE", NULL, FIELD(xds_tls_cert), parse_text, SERVE | BOOTSTRAP,
     "PEM chain: the TCP ports of --xds speak TLS"},
    {"xds-tls-key", "FILE", NULL, FIELD(xds_tls_key), parse_text, SERVE,
     "PEM key that goes with it"},
    {"certificate", "ARN=CHAIN,KEY", NULL, FIELD(certificates), parse_mapping, SERVE,
     "PEM files behind the ARN of an ACM certificate, read again\n"
     "on SIGHUP; may be repeated"},
    {"certificate-authority", "ARN=PEM", NULL, FIELD(authorities), parse_mapping, SERVE,
     "the same of an authority's certificate"},
    {"data", "DIR", "./.appmesh-emulator", FIELD(data), parse_text, SERVE,
     "the store; made if need be"},
    {"memory", NULL, NULL, FIELD(is_memory), parse_flag, SERVE,
     "a store of this run alone, gone at its end"},
    {"durability", "power|process", "power", FIELD(durability), parse_choice, SERVE,
     "what an answered write outlives; under process a power\n"
     "loss may lose a second or damage the store"},
    {"map-size", "BYTES", "68719476736", FIELD(map_size), parse_bytes, SERVE,
     "most that the store may grow to"},
    {"seed", "FILE", NULL, FIELD(seed), parse_text, SERVE,
     "state document or request list for an empty store"},
    {"account", "ID", "123456789012", FIELD(scope.account), parse_account, SERVE | BOOTSTRAP,
     "account of a request that does not say"},
    {"region", "NAME", "us-west-2", FIELD(scope.region), parse_region, SERVE | BOOTSTRAP,
     "region of a request that does not say"},
    {"quotas", NULL, NULL, FIELD(quotas), parse_flag, SERVE,
     "enforce the service quotas"},
    {"cors", NULL, NULL, FIELD(cors), parse_flag, SERVE,
     "answer browsers' preflights, open replies to any origin"},
    {"control-host", "NAME", NULL, FIELD(control_hosts), parse_list, SERVE,
     "Host that the control API answers to, besides localhost\n"
     "and IP addresses; * is any; may be repeated"},
    {"operation-delay", "MS", "0", FIELD(operation_delay_ms), parse_milliseconds, SERVE,
     "how long operations of Cloud Map stay PENDING"},
    {"log-level", "debug|info|warn|error|off", "info", FIELD(log_level), parse_choice, SERVE,
     "what goes to standard error"},
    {"log-format", "text|json", "text", FIELD(log_format), parse_choice, SERVE,
     "logfmt or JSON lines"},
    {"url", "URL", NULL, FIELD(listen), parse_url, HEALTH,
     "http://HOST:PORT of the server, in place of --listen;\n"
     "HTTPS is not spoken"},
    {"wait", "SECONDS", "0", FIELD(wait_sec), parse_seconds, HEALTH,
     "how long to wait for it to become ready"},
    {"node", "ID", NULL, FIELD(node), parse_text, BOOTSTRAP,
     "mesh/MESH/virtualNode/NAME,\n"
     "mesh/MESH/virtualGateway/NAME or an ARN"},
    {"admin", "ADDR:PORT", "127.0.0.1:9901", FIELD(admin), parse_address, BOOTSTRAP,
     "Envoy's own admin port"},
    {"sds-socket", "PATH", NULL, FIELD(sds_socket), parse_text, BOOTSTRAP,
     "unix socket of the local SDS server, for TLS by sds"},
    {"mode", "LIST", NULL, FIELD(mode), parse_text, BOOTSTRAP,
     "how to do without iptables: explicit-egress,\n"
     "direct-ingress and vip-egress, joined by commas"},
    {"address", "ADDR", NULL, FIELD(address), parse_text, BOOTSTRAP,
     "the one address that the proxy binds, with --mode\n"
     "(127.0.0.1)"},
    {"app-address", "ADDR", NULL, FIELD(app_address), parse_text, BOOTSTRAP,
     "where its application listens, with --mode (127.0.0.1)"},
    {"vips", "CIDR", NULL, FIELD(vips), parse_text, BOOTSTRAP,
     "inside 127.0.0.0/8: an address for each backend service,\n"
     "with vip-egress"},
};
/* clang-format on */

static const struct {
    const char *name, *help;
} commands[] = {
    [COMMAND_SERVE] = {"serve",     "run the emulator (the default)"                               },
    [COMMAND_BOOTSTRAP] = {"bootstrap",
                       "print a bootstrap for an Envoy of a virtual node or gateway"               },
    [COMMAND_SCHEMA] = {"schema",    "print operations, shapes, rules and statuses as JSON"         },
    [COMMAND_HEALTH] = {"health",    "ask a running one: exits 0 when it is ready, 1 when it is not"},
    [COMMAND_VERSION] = {"version",   "print the version"                                            },
    [COMMAND_HELP] = {"help",      "print this text"                                              },
};

/* ---- values ---- */

static const char *parse_text(const struct option *option, struct arena *arena, const char *text,
                              void *field)
{
    (void)option, (void)arena;
    *(const char **)field = text;
    return NULL;
}

static const char *parse_flag(const struct option *option, struct arena *arena, const char *text,
                              void *field)
{
    (void)option, (void)arena;
    bool is_on = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
    if (!is_on && strcmp(text, "0") != 0 && strcmp(text, "false") != 0)
        return "1, 0, true or false";
    *(bool *)field = is_on;
    return NULL;
}

/* The fields are enums whose constants stand in the order of the words; both compilers make such
 * an enum an unsigned int. */
static const char *parse_choice(const struct option *option, struct arena *arena, const char *text,
                                void *field)
{
    unsigned place = 0;
    for (const char *word = option->value; *word; place++) {
        size_t size = strcspn(word, "|");
        if (strlen(text) == size && memcmp(text, word, size) == 0) {
            *(unsigned *)field = place;
            return NULL;
        }
        word += size + (word[size] == '|');
    }
    return arena_printf(arena, "one of %s", option->value);
}

/* Decimal digits alone, no sign and no blank, which strtoull would take. */
static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno || number < least || number > most)
        return false;
    *out = number;
    return true;
}

static const char *parse_bytes(const struct option *option, struct arena *arena, const char *text,
                               void *field)
{
    (void)option, (void)arena;
    return parse_number(text, MAP_SIZE_MIN, INT64_MAX, field) ? NULL : "bytes, at least 1048576";
}

static const char *parse_milliseconds(const struct option *option, struct arena *arena,
                                      const char *text, void *field)
{
    (void)option, (void)arena;
    return parse_number(text, 0, DELAY_MAX_MS, field) ? NULL : "milliseconds, at most 3600000";
}

static const char *parse_seconds(const struct option *option, struct arena *arena, const char *text,
                                 void *field)
{
    (void)option, (void)arena;
    return parse_number(text, 0, WAIT_MAX_SEC, field) ? NULL : "seconds, at most 3600";
}

static bool is_address(struct arena *arena, const char *text)
{
    const char *host, *port;
    return address_split(arena, text, &host, &port);
}

static const char *parse_address(const struct option *option, struct arena *arena, const char *text,
                                 void *field)
{
    if (!is_address(arena, text))
        return "an address (IPv6 in brackets), a colon and a port";
    return parse_text(option, arena, text, field);
}

/* Leaves HOST:PORT. */
static const char *parse_url(const struct option *option, struct arena *arena, const char *text,
                             void *field)
{
    struct bytes scheme = BYTES("http://"), rest = bytes_of(text);
    if (rest.size > scheme.size && memcmp(rest.data, scheme.data, scheme.size) == 0) {
        rest.data += scheme.size;
        rest.size -= scheme.size;
        rest.size -= rest.data[rest.size - 1] == '/';
        const char *address = arena_copy(arena, rest);
        if (is_address(arena, address))
            return parse_text(option, arena, address, field);
    }
    return "http://, a host, a colon and a port";
}

static const char *parse_account(const struct option *option, struct arena *arena, const char *text,
                                 void *field)
{
    if (!scope_has_account(text))
        return "12 digits";
    return parse_text(option, arena, text, field);
}

static const char *parse_region(const struct option *option, struct arena *arena, const char *text,
                                void *field)
{
    if (!scope_has_region(text))
        return "lower case letters, digits and dashes, at most 32";
    return parse_text(option, arena, text, field);
}

static const char *parse_list(const struct option *option, struct arena *arena, const char *text,
                              void *field)
{
    (void)option;
    const char *const **list = field;
    size_t count = 0;
    while (*list && (*list)[count])
        count++;
    const char **longer = arena_new(arena, (count + 2) * sizeof *longer);
    if (count > 0)
        memcpy(longer, *list, count * sizeof *longer);
    longer[count] = text;
    *list = longer;
    return NULL;
}

/* As many parts as the option's value has, none of them empty: ARN=CHAIN,KEY. */
static const char *parse_mapping(const struct option *option, struct arena *arena, const char *text,
                                 void *field)
{
    const char *part = text;
    for (const char *c = option->value; (c = strpbrk(c, "=,")); c++) {
        const char *end = strchr(part, *c);
        if (!end || end == part)
            return option->value;
        part = end + 1;
    }
    return *part ? parse_list(option, arena, text, field) : option->value;
}

static const char *parse_xds(const struct option *option, struct arena *arena, const char *text,
                             void *field)
{
    const bool is_path = strncmp(text, "unix:", 5) == 0 && text[5] != '\0';
    if (!is_path && strcmp(text, "off") != 0 && !is_address(arena, text))
        return "an address (IPv6 in brackets), a colon and a port; unix: and a path; or off";
    return parse_list(option, arena, text, field);
}

static bool takes_several(const struct option *option)
{
    return option->parse == parse_list || option->parse == parse_mapping ||
           option->parse == parse_xds;
}

/* ---- where values come from ---- */

enum source { FROM_DEFAULT, FROM_ENVIRONMENT, FROM_COMMAND_LINE }; /* the louder the later */

struct reading {
    struct options *out;
    struct arena *arena;
    enum source sources[COUNT(options)];
    const char **out_reason;
};

static bool refuse(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *reading->out_reason = arena_vprintf(reading->arena, format, arguments);
    va_end(arguments);
    return false;
}

/* spelling: the option as the user wrote it, up to its value. */
static bool set(struct reading *reading, const struct option *option, enum source source,
                const char *spelling, const char *text)
{
    void *field = (char *)reading->out + option->offset;
    enum source *current = &reading->sources[option - options];
    if (takes_several(option) && *current != source)
        *(const char *const **)field = NULL;
    *current = source;
    const char *expected = *text ? option->parse(option, reading->arena, text, field) : "not empty";
    return !expected || refuse(reading, "%s%s: the value must be %s", spelling, text, expected);
}

static bool is_of(const struct option *option, enum command command)
{
    return option->commands & (1u << command);
}

static void take_defaults(struct reading *reading)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (options[i].fallback &&
            !set(reading, &options[i], FROM_DEFAULT, "", options[i].fallback))
            abort(); /* a mistake in the table */
}

#define PREFIX "APPMESH_EMULATOR_"
#define BLANKS " \t\n"

/* The option's name as a variable's, with the equals sign. */
static const char *variable_name(struct arena *arena, const struct option *option)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz-";
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    char *name = arena_printf(arena, PREFIX "%s=", option->name);
    for (char *c = name + sizeof PREFIX - 1; *c != '='; c++)
        *c = upper[strchr(lower, *c) - lower];
    return name;
}

static bool take_variable(struct reading *reading, const struct option *option, const char *name,
                          const char *value)
{
    if (!takes_several(option))
        return !*value || set(reading, option, FROM_ENVIRONMENT, name, value);
    while (*(value += strspn(value, BLANKS))) {
        struct bytes word = {value, strcspn(value, BLANKS)};
        value += word.size;
        if (!set(reading, option, FROM_ENVIRONMENT, name, arena_copy(reading->arena, word)))
            return false;
    }
    return true;
}

/* Variables of our prefix that are no option are let be: Kubernetes makes such (…_SERVICE_HOST,
 * …_PORT) beside a Service of our name. */
static bool take_environment(struct reading *reading, char *const *environment)
{
    for (size_t i = 0; i < COUNT(options); i++) {
        if (!is_of(&options[i], reading->out->command))
            continue;
        const char *name = variable_name(reading->arena, &options[i]);
        for (char *const *variable = environment; *variable; variable++)
            if (strncmp(*variable, name, strlen(name)) == 0 &&
                !take_variable(reading, &options[i], name, *variable + strlen(name)))
                return false;
    }
    return true;
}

static const struct option *find_option(const char *name, size_t size)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
            return &options[i];
    return NULL;
}

/* One option with its value, as --name value, --name=value or, for a flag, --name. */
static bool take_argument(struct reading *reading, char *const **arguments)
{
    const char *argument = *(*arguments)++;
    if (strncmp(argument, "--", 2) != 0)
        return refuse(reading, "%s: neither a command nor an option; see help", argument);
    size_t size = strcspn(argument + 2, "=");
    const struct option *option = find_option(argument + 2, size);
    if (!option)
        return refuse(reading, "%s: no such option; see help", argument);
    if (!is_of(option, reading->out->command))
        return refuse(reading, "--%s: not an option of %s", option->name,
                      commands[reading->out->command].name);
    const char *value = "1";
    if (argument[2 + size] == '=')
        value = argument + 2 + size + 1;
    else if (option->value) {
        if (!**arguments)
            return refuse(reading, "--%s: needs %s", option->name, option->value);
        value = *(*arguments)++;
    }
    const char *spelling = arena_printf(reading->arena, "--%s ", option->name);
    return set(reading, option, FROM_COMMAND_LINE, spelling, value);
}

/* The louder source wins; at the same loudness they contradict each other. */
static bool settle_memory(struct reading *reading)
{
    static const char *const rivals[] = {"data", "durability"};
    enum source memory = reading->sources[find_option("memory", 6) - options];
    for (size_t i = 0; reading->out->is_memory && i < COUNT(rivals); i++) {
        enum source rival = reading->sources[find_option(rivals[i], strlen(rivals[i])) - options];
        if (rival == memory)
            return refuse(reading, "--memory and --%s contradict each other", rivals[i]);
        reading->out->is_memory = rival < memory;
    }
    return true;
}

bool options_xds_is_off(const struct options *given)
{
    return strcmp(given->xds[0], "off") == 0;
}

static bool settle_xds(struct reading *reading)
{
    const struct options *out = reading->out;
    if (out->command == COMMAND_SERVE && !out->xds_tls_cert != !out->xds_tls_key)
        return refuse(reading, "--xds-tls-cert and --xds-tls-key: one needs the other");
    for (size_t i = 0; out->xds[i]; i++)
        if (out->xds[1] && strcmp(out->xds[i], "off") == 0)
            return refuse(reading, "--xds off and another --xds contradict each other");
    if (out->command == COMMAND_BOOTSTRAP && !out->node)
        return refuse(reading, "--node: bootstrap needs it");
    return true;
}

static bool settle(struct reading *reading)
{
    if (!reading->out->tls_cert != !reading->out->tls_key)
        return refuse(reading, "--tls-cert and --tls-key: one needs the other");
    return settle_xds(reading) && settle_memory(reading);
}

static bool wants_help(char *const *arguments)
{
    for (; *arguments; arguments++)
        if (strcmp(*arguments, "--help") == 0 || strcmp(*arguments, "-h") == 0)
            return true;
    return false;
}

static enum command take_command(char *const **arguments)
{
    const char *word = **arguments ? **arguments : "";
    for (size_t i = 0; i < COUNT(commands); i++)
        if (strcmp(word, commands[i].name) == 0) {
            (*arguments)++;
            return (enum command)i;
        }
    return COMMAND_SERVE;
}

bool options_read(struct options *out, struct arena *arena, char *const *arguments,
                  char *const *environment, const char **out_reason)
{
    memset(out, 0, sizeof *out);
    struct reading reading = {.out = out, .arena = arena, .out_reason = out_reason};
    if (wants_help(arguments)) {
        out->command = COMMAND_HELP;
        return true;
    }
    out->command = take_command(&arguments);
    take_defaults(&reading);
    if (!take_environment(&reading, environment))
        return false;
    while (*arguments)
        if (!take_argument(&reading, &arguments))
            return false;
    return settle(&reading);
}

/* ---- help ---- */

#define MEANING_COLUMN 41

static void print_option(struct buffer *out, const struct option *option)
{
    struct buffer head = {0};
    buffer_printf(&head, "  --%s %s", option->name, option->value ? option->value : "");
    buffer_printf(out, "%-*s", MEANING_COLUMN, head.data);
    buffer_clear(&head);
    for (const char *c = option->help; *c; c++) {
        buffer_char(out, *c);
        if (*c == '\n')
            buffer_printf(out, "%*s", MEANING_COLUMN, "");
    }
    if (option->fallback)
        buffer_printf(out, " (%s)", option->fallback);
    buffer_char(out, '\n');
}

static void print_options(struct buffer *out, enum command command)
{
    buffer_printf(out, "\nOptions of %s:\n", commands[command].name);
    for (size_t i = 0; i < COUNT(options); i++)
        if (is_of(&options[i], command))
            print_option(out, &options[i]);
}

void options_print_help(struct buffer *out)
{
    buffer_text(out, "Usage: appmesh-emulator [command] [options]\n\nCommands:\n");
    for (size_t i = 0; i < COUNT(commands); i++)
        buffer_printf(out, "  %-10s%s\n", commands[i].name, commands[i].help);
    print_options(out, COMMAND_SERVE);
    print_options(out, COMMAND_HEALTH);
    print_options(out, COMMAND_BOOTSTRAP);
    buffer_text(out, "\nEach is an environment variable too: " PREFIX "MAP_SIZE for --map-size.\n"
                     "The command line wins. Flags take 1, 0, true or false there; an option that\n"
                     "may be repeated takes several values with blanks between.\n");
}
