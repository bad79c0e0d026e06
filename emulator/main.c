/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "bootstrap.h"
#include "cloudmap.h"
#include "health.h"
#include "json.h"
#include "options.h"
#include "serve.h"

#define EXIT_MISUSE 2

static int complain(int code, const char *what, const char *reason)
{
    fprintf(stderr, "appmesh-emulator: %s%s\n", what, reason);
    return code;
}

static int print(struct buffer *text)
{
    int code = EXIT_SUCCESS;
    if (fwrite(text->data, 1, text->size, stdout) != text->size || fflush(stdout) != 0)
        code = complain(EXIT_FAILURE, "standard output: ", strerror(errno));
    buffer_clear(text);
    return code;
}

static void print_schema(struct buffer *out)
{
    struct cJSON *schema = api_schema();
    cloudmap_describe(schema);
    json_print(out, schema);
    json_free(schema);
}

static int run(const struct options *options, struct arena *arena)
{
    struct buffer text = {0};
    const char *reason;
    switch (options->command) {
    case COMMAND_SERVE:
        return serve(options);
    case COMMAND_HEALTH:
        return health_check(options->listen, options->wait_sec);
    case COMMAND_BOOTSTRAP:
        if (!bootstrap(options, arena, &text, &reason))
            return complain(EXIT_MISUSE, "", reason);
        break;
    case COMMAND_SCHEMA:
        print_schema(&text);
        break;
    case COMMAND_VERSION:
        buffer_text(&text, "appmesh-emulator " VERSION "\n");
        break;
    case COMMAND_HELP:
        options_print_help(&text);
        break;
    }
    return print(&text);
}

int main(int count, char **arguments)
{
    (void)count;
    struct arena arena = {0};
    struct options options;
    const char *reason;
    int code = options_read(&options, &arena, arguments + 1, environ, &reason)
                   ? run(&options, &arena)
                   : complain(EXIT_MISUSE, "", reason);
    arena_clear(&arena);
    return code;
}
