/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "json_text.h"

/* Also with a NUL inside. */
/* clang-format off */
#define TEXT(literal) {"" literal, sizeof(literal) - 1}
/* clang-format on */

/* What RFC 8259 allows; printed is the compact form, NULL where it is the text itself. */
static const struct {
    struct bytes text;
    const char *printed;
} accepted[] = {
    {TEXT("null"),                                                            NULL                      },
    {TEXT("true"),                                                            NULL                      },
    {TEXT("false"),                                                           NULL                      },
    {TEXT("0"),                                                               NULL                      },
    {TEXT("-0"),                                                              "0"                       },
    {TEXT("-1"),                                                              NULL                      },
    {TEXT("10"),                                                              NULL                      },
    {TEXT("1.5"),                                                             NULL                      },
    {TEXT("1.0"),                                                             "1"                       },
    {TEXT("1E2"),                                                             "100"                     },
    {TEXT("1e+2"),                                                            "100"                     },
    {TEXT("100e-2"),                                                          "1"                       },
    {TEXT("0.1"),                                                             NULL                      },
    {TEXT("0e1"),                                                             "0"                       },
    {TEXT("1e-400"),                                                          "0"                       },
    {TEXT("5e-324"),                                                          "4.94065645841247e-324"   },
    {TEXT("1.7976931348623157e308"),                                          "1.7976931348623157e+308" },
    {TEXT("0.30000000000000004"),                                             NULL                      },
    {TEXT("1700000000.123"),                                                  NULL                      },
    {TEXT("-0.001"),                                                          NULL                      },
    {TEXT("0.05"),                                                            NULL                      },
    {TEXT("-1.25"),                                                           NULL                      },
    {TEXT("0.0005"),                                                          NULL                      },
    {TEXT("9007199254740.990"),                                               "9007199254740.99"        },
    {TEXT("1234567890.1234567"),                                              NULL                      },
    {TEXT("9007199254740991"),                                                NULL                      },
    {TEXT("-9007199254740991"),                                               NULL                      },
    {TEXT("9007199254740992"),                                                NULL                      },
    {TEXT("100000000000000000000000000000000000000000000000000000000000000"), "1e+62"                   },
    {TEXT("123456789012345678901234567890"),                                  "1.2345678901234568e+29"  },
    {TEXT("\"\""),                                                            NULL                      },
    {TEXT("\"a b\x7f\""),                                                     NULL                      },
    {TEXT("\"\\\"\\\\\\b\\f\\n\\r\\t\""),                                     NULL                      },
    {TEXT("\"\\/\""),                                                         "\"/\""                   },
    {TEXT("\"\\u0001\\u001F\\u007f\""),                                       "\"\\u0001\\u001f\x7f\""  },
    {TEXT("\"\\u000a\\u0022\\u005c\""),                                       "\"\\n\\\"\\\\\""         },
    {TEXT("\"\\u00e9\\u20AC\""),                                              "\"\xc3\xa9\xe2\x82\xac\""},
    {TEXT("\"\\ud834\\udd1e\""),                                              "\"\xf0\x9d\x84\x9e\""    },
    {TEXT("\"\\udbff\\udfff\""),                                              "\"\xf4\x8f\xbf\xbf\""    },
    {TEXT("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\""),                                NULL                      },
    {TEXT("\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),                        NULL                      },
    {TEXT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),                            NULL                      },
    {TEXT("[]"),                                                              NULL                      },
    {TEXT(" [ ] "),                                                           "[]"                      },
    {TEXT("{}"),                                                              NULL                      },
    {TEXT("\t{\r\n}\n"),                                                      "{}"                      },
    {TEXT("[1,\"a\",null,[],{}]"),                                            NULL                      },
    {TEXT("{\"a\" : 1 , \"b\" : [ true ] }"),                                 "{\"a\":1,\"b\":[true]}"  },
    {TEXT("{\"\":0}"),                                                        NULL                      },
    {TEXT("{\"a\":1,\"A\":2}"),                                               NULL                      },
    {TEXT("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"),                               NULL                      },
    {TEXT("[{\"a\":1},{\"a\":1}]"),                                           NULL                      },
    {TEXT("{\"a\\n\":1,\"an\":2}"),                                           NULL                      },
    {TEXT("{\"\\u0061\":1}"),                                                 "{\"a\":1}"               },
};

static const struct {
    struct bytes text;
    size_t offset;
    const char *reason;
} refused[] = {
    {TEXT(""),                                                                 0,  "expected a value"             },
    {TEXT(" "),                                                                1,  "expected a value"             },
    {TEXT("\xef\xbb\xbf{}"),                                                   0,  "expected a value"             },
    {TEXT("\v1"),                                                              0,  "expected a value"             },
    {TEXT("\0"),                                                               0,  "expected a value"             },
    {TEXT("nul"),                                                              0,  "expected a value"             },
    {TEXT("True"),                                                             0,  "expected a value"             },
    {TEXT("NaN"),                                                              0,  "expected a value"             },
    {TEXT("Infinity"),                                                         0,  "expected a value"             },
    {TEXT("-Infinity"),                                                        0,  "expected a value"             },
    {TEXT("'a'"),                                                              0,  "expected a value"             },
    {TEXT("/**/1"),                                                            0,  "expected a value"             },
    {TEXT("+1"),                                                               0,  "expected a value"             },
    {TEXT("-"),                                                                0,  "expected a value"             },
    {TEXT(".5"),                                                               0,  "expected a value"             },
    {TEXT("01"),                                                               1,  "text after the value"         },
    {TEXT("-01"),                                                              2,  "text after the value"         },
    {TEXT("0x1"),                                                              1,  "text after the value"         },
    {TEXT("1."),                                                               2,  "expected a digit"             },
    {TEXT("1.e1"),                                                             2,  "expected a digit"             },
    {TEXT("1e"),                                                               2,  "expected a digit"             },
    {TEXT("1e+-1"),                                                            3,  "expected a digit"             },
    {TEXT("1e400"),                                                            0,  "number out of range"          },
    {TEXT("[-1e400]"),                                                         1,  "number out of range"          },
    {TEXT("1000000000000000000000000000000000000000000000000000000000000000"), 0,
     "number of more than 63 characters"                                                                          },
    {TEXT("\""),                                                               0,  "string without an end"        },
    {TEXT("[\"a]"),                                                            1,  "string without an end"        },
    {TEXT("\"\\\""),                                                           0,  "string without an end"        },
    {TEXT("\"\\"),                                                             1,  "invalid escape"               },
    {TEXT("\"\\x\""),                                                          1,  "invalid escape"               },
    {TEXT("\"\\\0\""),                                                         1,  "invalid escape"               },
    {TEXT("\"\\u\""),                                                          1,  "invalid escape"               },
    {TEXT("\"\\u12\""),                                                        1,  "invalid escape"               },
    {TEXT("\"\\u12g4\""),                                                      1,  "invalid escape"               },
    {TEXT("\"\\U0041\""),                                                      1,  "invalid escape"               },
    {TEXT("\"a\\u0000\""),                                                     2,  "U+0000 in a string"           },
    {TEXT("\"a\0\""),                                                          2,  "control character in a string"},
    {TEXT("\"a\n\""),                                                          2,  "control character in a string"},
    {TEXT("\"\x1f\""),                                                         1,  "control character in a string"},
    {TEXT("\"\\ud800\""),                                                      1,  "lone surrogate"               },
    {TEXT("\"\\ud800\\n\""),                                                   1,  "lone surrogate"               },
    {TEXT("\"\\ud800\\ud800\""),                                               1,  "lone surrogate"               },
    {TEXT("\"\\ud800\\u0041\""),                                               1,  "lone surrogate"               },
    {TEXT("\"\\udc00\\ud800\""),                                               1,  "lone surrogate"               },
    {TEXT("\"\x80\""),                                                         1,  "invalid UTF-8"                },
    {TEXT("\"\xc0\x80\""),                                                     1,  "invalid UTF-8"                },
    {TEXT("\"\xc1\xbf\""),                                                     1,  "invalid UTF-8"                },
    {TEXT("\"\xc3\""),                                                         1,  "invalid UTF-8"                },
    {TEXT("\"\xc3"),                                                           1,  "invalid UTF-8"                },
    {TEXT("\"\xe0\x9f\xbf\""),                                                 1,  "invalid UTF-8"                },
    {TEXT("\"\xe2\x82\""),                                                     1,  "invalid UTF-8"                },
    {TEXT("\"\xed\xa0\x80\""),                                                 1,  "invalid UTF-8"                },
    {TEXT("\"\xf0\x8f\xbf\xbf\""),                                             1,  "invalid UTF-8"                },
    {TEXT("\"\xf4\x90\x80\x80\""),                                             1,  "invalid UTF-8"                },
    {TEXT("\"\xf5\x80\x80\x80\""),                                             1,  "invalid UTF-8"                },
    {TEXT("\"\xff\""),                                                         1,  "invalid UTF-8"                },
    {TEXT("["),                                                                1,  "expected a value"             },
    {TEXT("[,1]"),                                                             1,  "expected a value"             },
    {TEXT("[1,]"),                                                             3,  "expected a value"             },
    {TEXT("[1 2]"),                                                            3,  "expected ',' or ']'"          },
    {TEXT("[1}"),                                                              2,  "expected ',' or ']'"          },
    {TEXT("{"),                                                                1,  "expected a member name"       },
    {TEXT("{a:1}"),                                                            1,  "expected a member name"       },
    {TEXT("{1:1}"),                                                            1,  "expected a member name"       },
    {TEXT("{\"a\":1,}"),                                                       7,  "expected a member name"       },
    {TEXT("{\"a\"}"),                                                          4,  "expected ':'"                 },
    {TEXT("{\"a\":}"),                                                         5,  "expected a value"             },
    {TEXT("{\"a\":1"),                                                         6,  "expected ',' or '}'"          },
    {TEXT("{\"a\":1;\"b\":2}"),                                                6,  "expected ',' or '}'"          },
    {TEXT("{\"a\":1,\"a\":1}"),                                                7,  "member name given twice"      },
    {TEXT("{\"\":1,\"\":1}"),                                                  6,  "member name given twice"      },
    {TEXT("{\"a\":1,\"\\u0061\":1}"),                                          7,  "member name given twice"      },
    {TEXT("{\"\\n\":1,\"\\u000A\":1}"),                                        8,  "member name given twice"      },
    {TEXT("[{\"a\":{\"b\":1},\"a\":1}]"),                                      14, "member name given twice"      },
    {TEXT("{} {}"),                                                            3,  "text after the value"         },
    {TEXT("[]]"),                                                              2,  "text after the value"         },
    {TEXT("{}\0"),                                                             2,  "text after the value"         },
    {TEXT("1,"),                                                               1,  "text after the value"         },
};

/* In memory of exactly its size, so that the sanitizer sees a read beyond it. */
static struct cJSON *parse(struct bytes text, struct json_fault *fault)
{
    char *copy = malloc(text.size ? text.size : 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    struct cJSON *value = json_parse((struct bytes){copy, text.size}, fault);
    free(copy);
    return value;
}

static struct cJSON *parsed(const char *text)
{
    struct json_fault fault;
    struct cJSON *value = parse(bytes_of(text), &fault);
    assert_non_null(value);
    return value;
}

static void assert_prints(const struct cJSON *value, const char *expected)
{
    struct buffer out = {0};
    json_print(&out, value);
    assert_string_equal(out.data, expected);
    buffer_clear(&out);
}

static void valid_texts_are_read_and_printed_compactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct json_fault fault = {0, NULL};
        struct cJSON *value = parse(accepted[i].text, &fault);
        if (!value)
            fail_msg("%s: %s", accepted[i].text.data, fault.reason);
        assert_prints(value, accepted[i].printed ? accepted[i].printed : accepted[i].text.data);
        json_free(value);
    }
}

static void what_is_printed_reads_back_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct json_fault fault;
        struct cJSON *value = parse(accepted[i].text, &fault);
        struct buffer out = {0};
        json_print(&out, value);
        struct cJSON *again = parse(buffer_bytes(&out), &fault);
        assert_true(json_equal(value, again));
        json_free(value);
        json_free(again);
        buffer_clear(&out);
    }
}

static void invalid_texts_are_refused_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct json_fault fault = {0, NULL};
        if (parse(refused[i].text, &fault))
            fail_msg("row %zu was accepted: %s", i, refused[i].text.data);
        if (fault.offset != refused[i].offset || strcmp(fault.reason, refused[i].reason) != 0)
            fail_msg("row %zu, %s: %zu: %s", i, refused[i].text.data, fault.offset, fault.reason);
    }
}

static void a_string_of_any_characters_is_printed_and_read_back(void **state)
{
    (void)state;
    for (size_t place = 0; place < 20; place++) {
        for (int c = 1; c < 0x80; c++) {
            char text[] = "aaaaaaaaaaaaaaaaaaaa";
            struct buffer out = {0};
            struct json_fault fault;
            text[place] = (char)c;
            json_print_string(&out, text);
            struct cJSON *value = parse(buffer_bytes(&out), &fault);
            assert_non_null(value);
            assert_string_equal(json_text(value), text);
            json_free(value);
            buffer_clear(&out);
        }
    }
}

static void a_wrong_byte_is_found_at_any_place(void **state)
{
    (void)state;
    for (size_t place = 1; place < 21; place++) {
        for (int c = 0; c < 0x100; c = c == ' ' - 1 ? 0x80 : c + 1) {
            char text[] = "\"aaaaaaaaaaaaaaaaaaaa\"";
            struct json_fault fault = {0, NULL};
            text[place] = (char)c;
            assert_null(parse((struct bytes){text, sizeof(text) - 1}, &fault));
            assert_string_equal(fault.reason,
                                c < ' ' ? "control character in a string" : "invalid UTF-8");
            assert_int_equal(fault.offset, place);
        }
    }
}

/* A text cut anywhere is refused, and nothing is read beyond it. */
static void every_prefix_of_a_text_is_refused(void **state)
{
    (void)state;
    struct json_fault none;
    assert_null(json_parse((struct bytes){NULL, 0}, &none));
    struct bytes text = BYTES("{\"a\":[1,-2.5e+1,\"\\u20ac\xe2\x82\xac\",true,null],\"b\\n\":{}}");
    for (size_t size = 0; size < text.size; size++) {
        struct json_fault fault = {0, NULL};
        assert_null(parse((struct bytes){text.data, size}, &fault));
        assert_true(fault.offset <= size);
    }
}

static struct buffer nested(int levels)
{
    struct buffer text = {0};
    for (int i = 0; i < levels; i++)
        buffer_text(&text, i % 2 ? "{\"a\":" : "[");
    buffer_char(&text, '1');
    for (int i = levels - 1; i >= 0; i--)
        buffer_char(&text, i % 2 ? '}' : ']');
    return text;
}

static void sixty_four_levels_are_read_and_one_more_is_refused(void **state)
{
    (void)state;
    struct json_fault fault = {0, NULL};
    struct buffer text = nested(JSON_DEPTH_MAX);
    struct cJSON *value = parse(buffer_bytes(&text), &fault);
    assert_non_null(value);
    json_free(value);
    buffer_clear(&text);
    text = nested(JSON_DEPTH_MAX + 1);
    assert_null(parse(buffer_bytes(&text), &fault));
    assert_string_equal(fault.reason, "more than 64 levels");
    buffer_clear(&text);
}

static void levels_beside_each_other_do_not_add_up(void **state)
{
    (void)state;
    struct json_fault fault;
    struct buffer text = {0};
    buffer_text(&text, "[0");
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        buffer_text(&text, ",{\"a\":[]}");
    buffer_char(&text, ']');
    struct cJSON *value = parse(buffer_bytes(&text), &fault);
    assert_int_equal(json_size(value), JSON_DEPTH_MAX + 1);
    json_free(value);
    buffer_clear(&text);
}

/* By the scanner alone, for the tree would be of a gigabyte. */
static void sixteen_million_values_are_taken_and_one_more_is_refused(void **state)
{
    (void)state;
    struct json_fault fault = {0, NULL};
    const size_t size = 2 * (size_t)JSON_VALUES_MAX + 1;
    char *text = memory_new(size);
    for (size_t i = 1; i < size; i += 2)
        memcpy(text + i, "1,", 2);
    text[0] = '[';
    text[size - 3] = ']'; /* behind one value less, for the list is one itself */
    assert_true(json_scan((struct bytes){text, size - 2}, &fault));
    text[size - 3] = ',';
    text[size - 1] = ']';
    assert_false(json_scan((struct bytes){text, size}, &fault));
    assert_string_equal(fault.reason, "more than 16777216 values");
    assert_int_equal(fault.offset, size - 2);
    free(text);
}

static struct buffer object_of(int members, const char *last)
{
    struct buffer text = {0};
    buffer_char(&text, '{');
    for (int i = 0; i < members; i++)
        buffer_printf(&text, "\"%07d\":%d,", i, i);
    buffer_printf(&text, "\"%s\":0}", last);
    return text;
}

/* 200,000 keys: comparing all pairs would take minutes under the sanitizers. */
static void a_key_given_twice_is_found_among_many_in_time(void **state)
{
    (void)state;
    static const int sizes[] = {1, 15, 16, 17, 200000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct json_fault fault = {0, NULL};
        int64_t start = clock_monotonic_ms();
        struct buffer text = object_of(sizes[i], "last");
        struct cJSON *value = parse(buffer_bytes(&text), &fault);
        assert_int_equal(json_size(value), sizes[i] + 1);
        json_free(value);
        buffer_clear(&text);
        text = object_of(sizes[i], "0000000");
        assert_null(parse(buffer_bytes(&text), &fault));
        assert_string_equal(fault.reason, "member name given twice");
        assert_int_equal(fault.offset, text.size - strlen("\"0000000\":0}"));
        buffer_clear(&text);
        assert_true(clock_monotonic_ms() - start < 10000);
    }
}

static void a_hundred_thousand_elements_are_appended_in_time(void **state)
{
    (void)state;
    struct cJSON *array = json_new_array();
    int64_t start = clock_monotonic_ms();
    for (int i = 0; i < 100000; i++)
        json_append(array, json_new_string("x"));
    assert_int_equal(json_size(array), 100000);
    assert_true(clock_monotonic_ms() - start < 10000);
    json_free(array);
}

static void members_are_found_by_their_exact_name(void **state)
{
    (void)state;
    struct cJSON *object =
        parsed("{\"Port\":1,\"port\":2,\"host\":\"h\",\"on\":true,\"half\":0.5}");
    assert_int_equal(json_integer(object, "port", -1), 2);
    assert_int_equal(json_integer(object, "Port", -1), 1);
    assert_int_equal(json_integer(object, "PORT", -1), -1);
    assert_int_equal(json_integer(object, "host", -1), -1);
    assert_int_equal(json_integer(object, "half", -1), -1);
    assert_true(json_number(object, "half", 0) == 0.5);
    assert_true(json_number(object, "host", 7) == 7);
    assert_string_equal(json_string(object, "host"), "h");
    assert_null(json_string(object, "port"));
    assert_true(json_boolean(object, "on"));
    assert_false(json_boolean(object, "host"));
    assert_null(json_member(object, "nothing"));
    json_free(object);
}

static void readers_take_what_is_missing(void **state)
{
    (void)state;
    struct cJSON *array = parsed("[1]");
    assert_null(json_member(array, "a"));
    assert_null(json_member(NULL, "a"));
    assert_null(json_string(NULL, "a"));
    assert_int_equal(json_integer(NULL, "a", 3), 3);
    assert_false(json_boolean(NULL, "a"));
    assert_null(json_first(NULL));
    assert_int_equal(json_size(NULL), 0);
    assert_false(json_is_integer(NULL));
    json_free(array);
    json_free(NULL);
}

static void integers_are_what_a_double_holds_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_integer;
    } rows[] = {
        {"1",                 true },
        {"1.0",               true },
        {"-3e2",              true },
        {"9007199254740991",  true },
        {"-9007199254740991", true },
        {"9007199254740992",  false},
        {"1e300",             false},
        {"0.5",               false},
        {"\"1\"",             false},
        {"true",              false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cJSON *value = parsed(rows[i].text);
        assert_int_equal(json_is_integer(value), rows[i].is_integer);
        json_free(value);
    }
}

static void builders_make_the_tree_they_say(void **state)
{
    (void)state;
    struct cJSON *object = json_new_object();
    json_add_string(object, "name", "n\"1");
    json_add_integer(object, "count", -JSON_INTEGER_MAX);
    json_add_boolean(object, "on", false);
    json_add_string(json_add_object(object, "inner"), "a", "b");
    json_append(json_add_array(object, "list"), json_new_string("x"));
    json_add(object, "copy", json_copy(json_member(object, "list")));
    assert_prints(object, "{\"name\":\"n\\\"1\",\"count\":-9007199254740991,\"on\":false,"
                          "\"inner\":{\"a\":\"b\"},\"list\":[\"x\"],\"copy\":[\"x\"]}");
    json_free(object);
}

static void children_are_walked_in_order(void **state)
{
    (void)state;
    struct cJSON *object = parsed("{\"b\":\"1\",\"a\":\"2\"}");
    struct cJSON *child = json_first(object);
    assert_string_equal(json_name(child), "b");
    assert_string_equal(json_text(child), "1");
    child = json_next(child);
    assert_string_equal(json_name(child), "a");
    assert_null(json_next(child));
    json_free(object);
}

static void a_child_is_detached_replaced_or_deleted_in_its_place(void **state)
{
    (void)state;
    struct cJSON *object = parsed("{\"a\":1,\"b\":2,\"c\":3}");
    json_replace(object, json_member(object, "b"), json_new_string("new"));
    assert_prints(object, "{\"a\":1,\"b\":\"new\",\"c\":3}");
    struct cJSON *taken = json_detach(object, json_member(object, "c"));
    assert_true(json_value(taken) == 3);
    json_replace(object, json_member(object, "a"), taken);
    assert_prints(object, "{\"a\":3,\"b\":\"new\"}");
    json_delete(object, json_member(object, "a"));
    json_add_integer(object, "d", 4);
    assert_prints(object, "{\"b\":\"new\",\"d\":4}");
    json_free(object);
}

static void order_of_members_does_not_count_and_that_of_elements_does(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"{\"a\":1,\"b\":[true]}",    "{\"b\":[true],\"a\":1}",    true },
        {"{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"a\":1,\"b\":2}", true },
        {"[1,2]",                     "[2,1]",                     false},
        {"[1,2]",                     "[1]",                       false},
        {"[1]",                       "[1,2]",                     false},
        {"{\"a\":1}",                 "{\"a\":1,\"b\":2}",         false},
        {"{\"a\":1,\"b\":2}",         "{\"a\":1}",                 false},
        {"{\"a\":1}",                 "{\"A\":1}",                 false},
        {"{\"a\":1}",                 "{\"a\":2}",                 false},
        {"\"a\"",                     "\"b\"",                     false},
        {"true",                      "false",                     false},
        {"null",                      "0",                         false},
        {"0.1",                       "0.10000000000000001",       true },
        {"1",                         "1.0000000000000002",        false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cJSON *a = parsed(rows[i].a), *b = parsed(rows[i].b);
        assert_int_equal(json_equal(a, b), rows[i].equal);
        assert_int_equal(json_equal(b, a), rows[i].equal);
        json_free(a);
        json_free(b);
    }
    assert_true(json_equal(NULL, NULL));
}

static void code_points_are_counted(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(""), 0);
    assert_int_equal(utf8_length("abc"), 3);
    assert_int_equal(utf8_length("\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e"), 3);
    assert_true(utf8_valid(BYTES("a\0\xc3\xa9")));
    assert_false(utf8_valid(BYTES("a\xc3")));
}

static void a_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        struct bytes text;
        size_t max, size;
    } rows[] = {
        {{"", 0},                         0, 0},
        {{"abc", 3},                      3, 3},
        {{"abc", 3},                      2, 2},
        {{"a\xc3\xa9", 3},                2, 1},
        {{"a\xf0\x9d\x84\x9e", 5},        4, 1},
        {{"\x80\x80\x80\x80\x80\x80", 6}, 5, 2}, /* no text, but no reason to lose all */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(utf8_cut(rows[i].text, rows[i].max).size, rows[i].size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_read_and_printed_compactly),
        cmocka_unit_test(what_is_printed_reads_back_equal),
        cmocka_unit_test(invalid_texts_are_refused_with_place_and_reason),
        cmocka_unit_test(a_string_of_any_characters_is_printed_and_read_back),
        cmocka_unit_test(a_wrong_byte_is_found_at_any_place),
        cmocka_unit_test(every_prefix_of_a_text_is_refused),
        cmocka_unit_test(sixty_four_levels_are_read_and_one_more_is_refused),
        cmocka_unit_test(levels_beside_each_other_do_not_add_up),
        cmocka_unit_test(sixteen_million_values_are_taken_and_one_more_is_refused),
        cmocka_unit_test(a_key_given_twice_is_found_among_many_in_time),
        cmocka_unit_test(a_hundred_thousand_elements_are_appended_in_time),
        cmocka_unit_test(members_are_found_by_their_exact_name),
        cmocka_unit_test(readers_take_what_is_missing),
        cmocka_unit_test(integers_are_what_a_double_holds_exactly),
        cmocka_unit_test(builders_make_the_tree_they_say),
        cmocka_unit_test(children_are_walked_in_order),
        cmocka_unit_test(a_child_is_detached_replaced_or_deleted_in_its_place),
        cmocka_unit_test(order_of_members_does_not_count_and_that_of_elements_does),
        cmocka_unit_test(code_points_are_counted),
        cmocka_unit_test(a_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
