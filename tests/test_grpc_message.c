/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>

#include "message.h"

/* A constant initialiser of struct bytes. */
#define WIRE(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static void a_message_comes_out_the_same_however_it_is_cut(void **state)
{
    (void)state;
    static const struct bytes wire = WIRE("\0\0\0\0\3one\0\0\0\0\0\0\0\0\0\5three");
    static const struct bytes expected[] = {WIRE("one"), WIRE(""), WIRE("three")};
    for (size_t cut = 1; cut <= wire.size; cut++) {
        struct incoming in = {0};
        size_t count = 0;
        for (size_t at = 0; at < wire.size; at += cut) {
            size_t size = wire.size - at < cut ? wire.size - at : cut;
            struct bytes input = {wire.data + at, size}, message;
            while (message_take(&in, &input, &message) == MESSAGE_WHOLE) {
                assert_true(count < COUNT(expected));
                assert_true(bytes_equal(message, expected[count++]));
            }
            assert_int_equal(input.size, 0);
        }
        assert_int_equal(count, COUNT(expected));
        assert_int_equal(in.partial.size, 0);
        incoming_clear(&in);
    }
}

static const struct {
    struct bytes prefix;
    enum message_result result;
} prefixes[] = {
    {WIRE("\0\0\100\0\0"),         MESSAGE_NEEDS_MORE}, /* 4 MiB */
    {WIRE("\0\0\100\0\1"),         MESSAGE_TOO_LARGE },
    {WIRE("\0\377\377\377\377"),   MESSAGE_TOO_LARGE },
    {WIRE("\1\0\0\0\0"),           MESSAGE_COMPRESSED},
    {WIRE("\2\0\0\0\0"),           MESSAGE_BAD_FLAG  },
    {WIRE("\377\377\377\377\377"), MESSAGE_BAD_FLAG  },
};

static void a_prefix_is_judged_before_any_of_its_message_is_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        struct incoming whole = {0}, cut = {0};
        struct bytes message, input = prefixes[i].prefix;
        assert_int_equal(message_take(&whole, &input, &message), prefixes[i].result);
        struct bytes head = {prefixes[i].prefix.data, 4}, last = {head.data + 4, 1};
        assert_int_equal(message_take(&cut, &head, &message), MESSAGE_NEEDS_MORE);
        assert_int_equal(message_take(&cut, &last, &message), prefixes[i].result);
        incoming_clear(&whole);
        incoming_clear(&cut);
    }
}

static void a_whole_message_is_not_copied(void **state)
{
    (void)state;
    struct incoming in = {0};
    struct bytes wire = BYTES("\0\0\0\0\3one"), input = wire, message;
    assert_int_equal(message_take(&in, &input, &message), MESSAGE_WHOLE);
    assert_ptr_equal(message.data, wire.data + MESSAGE_PREFIX);
    assert_null(in.partial.data);
}

static void count_release(void *owner)
{
    (*(int *)owner)++;
}

static void the_parts_of_a_message_leave_in_order_and_are_released_once(void **state)
{
    (void)state;
    static const struct bytes parts[] = {WIRE("one"), WIRE(""), WIRE("two"), WIRE("three")};
    for (size_t size = 1; size < 20; size++) {
        int released = 0;
        struct outgoing out = {0};
        unsigned char wire[32];
        size_t used = 0;
        outgoing_set(&out, &(struct grpc_message){parts, COUNT(parts), count_release, &released});
        while (out.is_full) {
            assert_int_equal(released, 0);
            assert_int_equal(outgoing_left(&out), 16 - used);
            used += outgoing_read(&out, wire + used, size);
        }
        assert_int_equal(released, 1);
        assert_int_equal(used, 16);
        assert_memory_equal(wire, "\0\0\0\0\13onetwothree", 16);
        assert_int_equal(outgoing_left(&out), 0);
        assert_int_equal(outgoing_read(&out, wire, size), 0);
    }
}

static void a_message_of_no_parts_is_its_prefix(void **state)
{
    (void)state;
    struct outgoing out = {0};
    unsigned char wire[8];
    outgoing_set(&out, &(struct grpc_message){0});
    assert_int_equal(outgoing_read(&out, wire, sizeof(wire)), MESSAGE_PREFIX);
    assert_memory_equal(wire, "\0\0\0\0\0", MESSAGE_PREFIX);
    assert_false(out.is_full);
}

static void a_message_that_never_left_is_released_once(void **state)
{
    (void)state;
    static const struct bytes part = WIRE("lost");
    int released = 0;
    struct outgoing out = {0};
    unsigned char wire[6];
    outgoing_set(&out, &(struct grpc_message){&part, 1, count_release, &released});
    assert_int_equal(outgoing_read(&out, wire, sizeof(wire)), sizeof(wire));
    outgoing_clear(&out);
    outgoing_clear(&out);
    assert_int_equal(released, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_out_the_same_however_it_is_cut),
        cmocka_unit_test(a_prefix_is_judged_before_any_of_its_message_is_in),
        cmocka_unit_test(a_whole_message_is_not_copied),
        cmocka_unit_test(the_parts_of_a_message_leave_in_order_and_are_released_once),
        cmocka_unit_test(a_message_of_no_parts_is_its_prefix),
        cmocka_unit_test(a_message_that_never_left_is_released_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
