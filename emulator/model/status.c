/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <stddef.h>

#include "arena.h"

static const struct {
    int http;
    const char *aws;
} rows[] = {
#define STATUS_ROW(name, http, aws) [name] = {http, aws},
    STATUSES(STATUS_ROW)
#undef STATUS_ROW
};

int status_http(enum status status)
{
    return rows[status].http;
}

const char *status_aws_name(enum status status)
{
    return rows[status].aws;
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    if (error->status == OK) {
        va_list arguments;
        va_start(arguments, format);
        error->message = arena_vprintf(error->arena, format, arguments);
        va_end(arguments);
        error->status = status;
    }
    return error->status;
}
