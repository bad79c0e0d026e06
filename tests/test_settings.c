/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "arena.h"
#include "settings.h"

#define MODE "appmesh-emulator.mode"
#define ADDRESS "appmesh-emulator.address"
#define APP_ADDRESS "appmesh-emulator.app-address"
#define VIPS "appmesh-emulator.vips"
#define MODES "a comma list of explicit-egress, direct-ingress and vip-egress"
#define CIDR "a CIDR inside 127.0.0.0/8"

static void bad_settings_are_refused_by_their_key(void **state)
{
    static const struct {
        const char *values[SETTING_COUNT]; /* mode, address, app address, vips */
        const char *complaint;
    } rows[] = {
        {{""},                                          MODE " is '', but must be " MODES                   },
        {{"explicit"},                                  MODE " is 'explicit', but must be " MODES           },
        {{"direct-ingress,"},                           MODE " is 'direct-ingress,', but must be " MODES    },
        {{"direct-ingress", "localhost"},               ADDRESS " is 'localhost', but must be an IP address"},
        {{"direct-ingress", "127.0.0.1", ""},           APP_ADDRESS " is '', but must be an IP address"     },
        {{"vip-egress"},                                VIPS " is absent, but must be " CIDR                },
        {{"vip-egress", NULL, NULL, "127.0.0.0"},       VIPS " is '127.0.0.0', but must be " CIDR           },
        {{"vip-egress", NULL, NULL, "127.0.0.0/7"},     VIPS " is '127.0.0.0/7', but must be " CIDR         },
        {{"vip-egress", NULL, NULL, "127.0.0.0/33"},    VIPS " is '127.0.0.0/33', but must be " CIDR        },
        {{"vip-egress", NULL, NULL, "127.0.0.0/ 8"},    VIPS " is '127.0.0.0/ 8', but must be " CIDR        },
        {{"vip-egress", NULL, NULL, "127.0.0.0/8x"},    VIPS " is '127.0.0.0/8x', but must be " CIDR        },
        {{"vip-egress", NULL, NULL, "10.0.0.0/24"},     VIPS " is '10.0.0.0/24', but must be " CIDR         },
        {{"direct-ingress", NULL, NULL, "nonsense/24"},
         VIPS " is 'nonsense/24', but must be " CIDR                                                        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct error error = {.arena = &arena};
        struct proxy_settings settings = {.vip_count = 42};
        char text[256];
        assert_int_equal(settings_parse(rows[i].values, &settings, &error), ERR_BAD_REQUEST);
        snprintf(text, sizeof(text), "node metadata %s", rows[i].complaint);
        assert_string_equal(error.message, text);
        assert_int_equal(settings.vip_count, 42);
        arena_clear(&arena);
    }
}

static struct proxy_settings parse(const char *mode, const char *address, const char *app_address,
                                   const char *vips)
{
    const char *const values[SETTING_COUNT] = {mode, address, app_address, vips};
    struct proxy_settings settings;
    struct error error = {0};
    assert_int_equal(settings_parse(values, &settings, &error), OK);
    return settings;
}

static void without_a_mode_the_other_settings_do_not_count(void **state)
{
    const struct proxy_settings settings = parse(NULL, "nonsense", "nonsense", "nonsense");
    (void)state;
    assert_false(settings.has_mode);
    assert_null(settings.address);
    assert_int_equal(settings.vip_count, 0);
}

static void modes_combine_and_addresses_have_a_default(void **state)
{
    const struct proxy_settings two =
        parse("vip-egress,explicit-egress", NULL, "::1", "127.9.8.77/29");
    const struct proxy_settings one = parse("direct-ingress", "127.0.0.2", NULL, NULL);
    (void)state;
    assert_true(two.has_mode && two.vip_egress && two.explicit_egress && !two.direct_ingress);
    assert_string_equal(two.address, "127.0.0.1");
    assert_string_equal(two.app_address, "::1");
    assert_int_equal(two.vip_network, 0x7F090848);
    assert_int_equal(two.vip_count, 7);
    assert_true(one.has_mode && one.direct_ingress && !one.vip_egress && !one.explicit_egress);
    assert_string_equal(one.address, "127.0.0.2");
    assert_string_equal(one.app_address, "127.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_settings_are_refused_by_their_key),
        cmocka_unit_test(without_a_mode_the_other_settings_do_not_count),
        cmocka_unit_test(modes_combine_and_addresses_have_a_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
