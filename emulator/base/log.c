/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <unistd.h>

#include "json.h"

#define TEXT_MAX 16384 /* of a value: a client's text may be of any length */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static enum log_level least = LOG_INFO;
static enum log_format form = LOG_TEXT;

void log_configure(enum log_level level, enum log_format format)
{
    least = level;
    form = format;
}

bool log_wants(enum log_level level)
{
    return level >= least;
}

static bool is_bare(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == '=' || *at == '"' || *at == '\\' || *at == 0x7f)
            return false;
    return *text != '\0';
}

/* A client's text may be anything; the line stays UTF-8. */
static void append_valid(struct buffer *out, struct bytes text)
{
    while (text.size > 0) {
        size_t size = utf8_first(text);
        if (size)
            buffer_append(out, text.data, size);
        else
            buffer_text(out, "\xef\xbf\xbd"); /* U+FFFD, one for each wrong byte */
        text.data += size ? size : 1;
        text.size -= size ? size : 1;
    }
}

static void append_text(struct buffer *line, const char *text)
{
    const struct bytes whole = bytes_of(text), shown = utf8_cut(whole, TEXT_MAX);
    struct buffer valid = {0};
    append_valid(&valid, shown);
    buffer_text(&valid, shown.size < whole.size ? "..." : "");
    if (form == LOG_TEXT && is_bare(valid.data))
        buffer_append(line, valid.data, valid.size);
    else
        json_print_string(line, valid.data);
    buffer_clear(&valid);
}

static void append_key(struct buffer *line, const char *key)
{
    static const char *const around[][3] = {
        [LOG_TEXT] = {"",    " ",   "="  },
        [LOG_JSON] = {"{\"", ",\"", "\":"},
    };
    buffer_text(line, around[form][line->size > 0]);
    buffer_text(line, key);
    buffer_text(line, around[form][2]);
}

static void append_pair(struct buffer *line, const struct log_pair *pair)
{
    if (!pair->text && !pair->is_number)
        return;
    append_key(line, pair->key);
    if (pair->is_number)
        buffer_printf(line, "%lld", (long long)pair->number);
    else
        append_text(line, pair->text);
}

void log_event(enum log_level level, const char *at, const struct log_pair *pairs)
{
    struct buffer line = {0};
    append_pair(&line, &LOG_T("level", level_names[level]));
    append_pair(&line, &LOG_T("at", at));
    for (; pairs->key; pairs++)
        append_pair(&line, pairs);
    buffer_text(&line, form == LOG_TEXT ? "\n" : "}\n");
    ssize_t written = write(STDERR_FILENO, line.data, line.size);
    (void)written; /* nowhere to complain */
    buffer_clear(&line);
}
