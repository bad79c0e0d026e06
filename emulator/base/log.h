/* SPDX-License-Identifier: Apache-2.0
 *
 * One line an event on standard error, as logfmt or JSON:
 *     level=info at=api op=CreateRoute status=200
 *     {"level":"info","at":"api","op":"CreateRoute","status":200}
 *
 * Threads: safe in any; a line is one write. The level and form are set once, before threads start.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };
enum log_format { LOG_TEXT, LOG_JSON };

void log_configure(enum log_level, enum log_format);
bool log_wants(enum log_level);

/* A pair of the line, written LOG_T("mesh", name) or LOG_N("status", 200). A pair whose text is
 * NULL is left out. Texts are quoted and escaped as needed; keys are plain words. */
struct log_pair {
    const char *key, *text;
    int64_t number;
    bool is_number;
};
#define LOG_T(key, value) ((struct log_pair){(key), (value), 0, false})
#define LOG_N(key, value) ((struct log_pair){(key), NULL, (value), true})

/* at: the part of the program that speaks. The list ends with a pair without a key. */
void log_event(enum log_level, const char *at, const struct log_pair *pairs);
#define LOG(level, at, ...)                                                                        \
    do {                                                                                           \
        if (log_wants(level))                                                                      \
            log_event(level, at, (const struct log_pair[]){__VA_ARGS__, {0}});                     \
    } while (0)

#endif
