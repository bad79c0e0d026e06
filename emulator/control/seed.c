/* SPDX-License-Identifier: Apache-2.0
 *
 * The seed: a file of either form, run in one transaction.
 */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "arena.h"
#include "cloudmap.h"
#include "control.h"
#include "exchange.h"
#include "file.h"
#include "issuer.h"
#include "json.h"
#include "log.h"
#include "state.h"
#include "store.h"

#define APP_MESH "appmesh"
#define CLOUD_MAP "servicediscovery"

/* ---- lines ---- */

/* "" for what is no string: no member allows it. */
static const char *text_or(const struct cJSON *line, const char *name, const char *fallback)
{
    const struct cJSON *member = json_member(line, name);
    if (!member || json_type(member) == JSON_NULL)
        return fallback;
    return json_type(member) == JSON_STRING ? json_text(member) : "";
}

static enum status run_operation(struct control *control, struct store_txn *txn, struct cJSON *line,
                                 struct error *error)
{
    const struct scope *fallback = &control->options.scope;
    const char *operation = json_string(line, "operation");
    struct cJSON *input = json_member(line, "input");
    const char *service = text_or(line, "service", APP_MESH);
    bool is_cloudmap = strcmp(service, CLOUD_MAP) == 0;
    struct scope scope = {text_or(line, "account", fallback->account),
                          text_or(line, "region", fallback->region)};
    if (!operation)
        return error_set(error, ERR_BAD_REQUEST, "operation: must be a string");
    if (input && json_type(input) != JSON_OBJECT)
        return error_set(error, ERR_BAD_REQUEST, "input: must be an object");
    if (!is_cloudmap && strcmp(service, APP_MESH) != 0)
        return error_set(error, ERR_BAD_REQUEST, "service: must be " APP_MESH " or " CLOUD_MAP);
    if (!scope_has_account(scope.account))
        return error_set(error, ERR_BAD_REQUEST, "account: must be 12 digits in a string");
    if (!scope_has_region(scope.region))
        return error_set(error, ERR_BAD_REQUEST, "region: must be the name of one");
    input = input ? json_detach(line, input) : json_new_object();
    if (is_cloudmap)
        return cloudmap_replay(control->store, txn, &scope, operation, input, error);
    return api_replay(control->api, txn, &scope, operation, input, error);
}

static bool is_blank(struct bytes text)
{
    size_t i = 0;
    while (i < text.size && text.data[i] && strchr(" \t\r", text.data[i]))
        i++;
    return i == text.size;
}

static enum status run_line(struct control *control, struct store_txn *txn, struct bytes text,
                            struct error *error)
{
    struct json_fault fault;
    if (is_blank(text))
        return OK;
    struct cJSON *line = json_parse(text, &fault);
    if (!line)
        return error_set(error, ERR_SERIALIZATION, "%zu: %s", fault.offset, fault.reason);
    enum status status = run_operation(control, txn, line, error);
    json_free(line);
    return status;
}

static enum status run_lines(struct control *control, struct store_txn *txn, struct bytes text,
                             struct error *error)
{
    const char *next = text.data, *end = text.data + text.size;
    for (size_t number = 1; next < end; number++) {
        const char *newline = memchr(next, '\n', (size_t)(end - next));
        const char *stop = newline ? newline : end;
        struct arena arena = {0};
        struct error failure = {.arena = &arena};
        enum status status =
            run_line(control, txn, (struct bytes){next, (size_t)(stop - next)}, &failure);
        if (status != OK)
            error_set(error, status, "line %zu: %s", number,
                      failure.message ? failure.message : "the store failed");
        arena_clear(&arena);
        if (status != OK)
            return status;
        next = stop + 1;
    }
    return OK;
}

/* ---- the two forms ---- */

/* The first line that is not blank; empty if all are. */
static struct bytes first_line(struct bytes text)
{
    const char *start = text.data, *end = text.data + text.size;
    while (start < end && strchr(" \t\r\n", *start))
        start++;
    const char *newline = memchr(start, '\n', (size_t)(end - start));
    return (struct bytes){start, (size_t)((newline ? newline : end) - start)};
}

/* A request is whole in its line, or broken there, but then it still names its operation. */
static bool has_lines(struct bytes text)
{
    struct json_fault fault;
    const struct bytes line = first_line(text), word = BYTES("\"operation\"");
    if (line.size == 0 || memmem(line.data, line.size, word.data, word.size))
        return true;
    struct cJSON *value = json_parse(line, &fault);
    json_free(value);
    return value != NULL;
}

static enum status refuse_fault(struct bytes text, const struct json_fault *fault,
                                struct error *error)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < fault->offset; i++) {
        bool is_end = text.data[i] == '\n';
        line += is_end;
        column = is_end ? 1 : column + 1;
    }
    return error_set(error, ERR_SERIALIZATION, "line %zu, column %zu: %s", line, column,
                     fault->reason);
}

static enum status run_text(struct control *control, struct store_txn *txn, struct bytes text,
                            struct error *error)
{
    struct json_fault fault;
    struct cJSON *document = json_parse(text, &fault);
    enum status status;
    if (!json_member(document, "format") && has_lines(text))
        status = run_lines(control, txn, text, error);
    else if (document)
        status = state_replace(control, txn, document, error);
    else
        status = refuse_fault(text, &fault, error);
    json_free(document);
    return status;
}

/* ---- the file ---- */

static bool store_is_empty(struct store_txn *txn)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (store_count(txn, kind) > 0)
            return false;
    return cloudmap_count(txn).namespaces == 0;
}

static enum status fill(struct control *control, const char *path, struct bytes text,
                        struct error *error)
{
    struct store_txn *txn;
    enum status status = store_begin(control->store, &txn);
    if (status != OK)
        return error_set(error, status, "the store failed");
    if (!store_is_empty(txn)) {
        LOG(LOG_INFO, "seed", LOG_T("skipped", path), LOG_T("reason", "the store is not empty"));
        return store_end(txn, OK);
    }
    status = run_text(control, txn, text, error);
    if (status == OK)
        status = issuer_issue(txn);
    return store_end(txn, status);
}

bool control_seed(struct control *control, const char *path, struct arena *arena,
                  const char **out_reason)
{
    struct buffer text = {0};
    struct error error = {.arena = arena};
    if (!file_read(path, SIZE_MAX, &text)) {
        *out_reason = arena_printf(arena, "%s: %s", path, strerror(errno));
        buffer_clear(&text);
        return false;
    }
    enum status status = fill(control, path, buffer_bytes(&text), &error);
    if (status != OK)
        *out_reason =
            arena_printf(arena, "%s: %s", path, error.message ? error.message : "the store failed");
    buffer_clear(&text);
    return status == OK;
}
