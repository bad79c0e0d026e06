/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text against json_parse. What it takes is printed, and that reads back equal and is printed
 * the same; what it refuses, it refuses at a place inside the text.
 */
#include <assert.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buffer printed(const struct cJSON *value)
{
    struct buffer out = {0};
    json_print(&out, value);
    assert(utf8_valid(buffer_bytes(&out)));
    return out;
}

static void check_round_trip(const struct cJSON *value)
{
    struct json_fault fault;
    struct buffer text = printed(value);
    struct cJSON *again = json_parse(buffer_bytes(&text), &fault);
    assert(again && json_equal(value, again));
    struct buffer same = printed(again);
    assert(bytes_equal(buffer_bytes(&text), buffer_bytes(&same)));
    buffer_clear(&text);
    buffer_clear(&same);
    json_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_fault fault = {0, NULL};
    struct cJSON *value = json_parse((struct bytes){(const char *)data, size}, &fault);
    if (value)
        check_round_trip(value);
    else
        assert(fault.reason && fault.offset <= size);
    json_free(value);
    return 0;
}
