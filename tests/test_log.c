/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "json.h"
#include "log.h"

/* Standard error goes into a pipe between begin and end. */
struct capture {
    int saved, pipe[2];
    char text[1 << 15];
};

static void capture_begin(struct capture *capture)
{
    *capture = (struct capture){.saved = dup(STDERR_FILENO)};
    assert_int_equal(pipe(capture->pipe), 0);
    dup2(capture->pipe[1], STDERR_FILENO);
}

static const char *capture_end(struct capture *capture)
{
    dup2(capture->saved, STDERR_FILENO);
    close(capture->saved);
    close(capture->pipe[1]);
    ssize_t size = read(capture->pipe[0], capture->text, sizeof(capture->text) - 1);
    close(capture->pipe[0]);
    assert_true(size >= 0);
    capture->text[size] = '\0';
    return capture->text;
}

static const struct {
    const char *value, *text, *json;
} values[] = {
    {"plain",          "plain",                     "\"plain\""                    },
    {"a/b:c,d",        "a/b:c,d",                   "\"a/b:c,d\""                  },
    {"\xc3\xa9",       "\xc3\xa9",                  "\"\xc3\xa9\""                 },
    {"",               "\"\"",                      "\"\""                         },
    {"a b",            "\"a b\"",                   "\"a b\""                      },
    {"a=b",            "\"a=b\"",                   "\"a=b\""                      },
    {"a\"b",           "\"a\\\"b\"",                "\"a\\\"b\""                   },
    {"a\\b",           "\"a\\\\b\"",                "\"a\\\\b\""                   },
    {"a\nlevel=error", "\"a\\nlevel=error\"",       "\"a\\nlevel=error\""          },
    {"\x1b[2J",        "\"\\u001b[2J\"",            "\"\\u001b[2J\""               },
    {"a\xff\xc3",      "a\xef\xbf\xbd\xef\xbf\xbd", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
};

static const char *logged(struct capture *capture, enum log_format format, const char *value)
{
    log_configure(LOG_INFO, format);
    capture_begin(capture);
    LOG(LOG_WARN, "test", LOG_T("value", value), LOG_N("n", -7));
    return capture_end(capture);
}

static void a_value_is_quoted_when_it_must_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct capture capture;
        char expected[256];
        snprintf(expected, sizeof(expected), "level=warn at=test value=%s n=-7\n", values[i].text);
        assert_string_equal(logged(&capture, LOG_TEXT, values[i].value), expected);
    }
}

static void a_json_line_is_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct capture capture;
        struct json_fault fault;
        char expected[256];
        snprintf(expected, sizeof(expected),
                 "{\"level\":\"warn\",\"at\":\"test\",\"value\":%s,\"n\":-7}\n", values[i].json);
        assert_string_equal(logged(&capture, LOG_JSON, values[i].value), expected);
        struct cJSON *line = json_parse(bytes_of(capture.text), &fault);
        assert_non_null(line);
        json_free(line);
    }
}

/* 3 MiB of a stranger's text in a request must not become so much of a log. */
static void a_long_value_is_cut_after_a_whole_character(void **state)
{
    (void)state;
    struct capture capture;
    struct buffer value = {0};
    for (size_t i = 0; i < (1 << 20); i++)
        buffer_text(&value, "\xe2\x82\xac");
    const char *line = logged(&capture, LOG_TEXT, value.data);
    assert_int_equal(strlen(line), strlen("level=warn at=test value= n=-7\n") + 5461 * 3 + 3);
    assert_string_equal(strstr(line, "..."), "... n=-7\n");
    buffer_clear(&value);
}

static void a_pair_without_text_is_left_out(void **state)
{
    (void)state;
    struct capture capture;
    assert_string_equal(logged(&capture, LOG_TEXT, NULL), "level=warn at=test n=-7\n");
}

static void events_below_the_level_are_not_even_computed(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *lines;
    } rows[] = {
        {LOG_DEBUG, "level=debug at=t\nlevel=info at=t\nlevel=warn at=t\nlevel=error at=t\n"},
        {LOG_WARN,  "level=warn at=t\nlevel=error at=t\n"                                   },
        {LOG_OFF,   ""                                                                      },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct capture capture;
        int computed = 0;
        log_configure(rows[i].level, LOG_TEXT);
        capture_begin(&capture);
        for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++)
            LOG(level, "t", LOG_T("none", (computed++, NULL)));
        assert_string_equal(capture_end(&capture), rows[i].lines);
        assert_int_equal(computed, LOG_OFF - rows[i].level);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_quoted_when_it_must_be),
        cmocka_unit_test(a_json_line_is_json),
        cmocka_unit_test(a_long_value_is_cut_after_a_whole_character),
        cmocka_unit_test(a_pair_without_text_is_left_out),
        cmocka_unit_test(events_below_the_level_are_not_even_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
