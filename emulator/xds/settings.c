/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

const char *const setting_keys[SETTING_COUNT] = {
    [SETTING_MODE] = "appmesh-emulator.mode",
    [SETTING_ADDRESS] = "appmesh-emulator.address",
    [SETTING_APP_ADDRESS] = "appmesh-emulator.app-address",
    [SETTING_VIPS] = "appmesh-emulator.vips",
};

#define ADDRESS_DEFAULT "127.0.0.1"
#define LOOPBACK 0x7F000000u

static const struct {
    struct bytes name;
    size_t flag;
} modes[] = {
    {{"explicit-egress", 15}, offsetof(struct proxy_settings, explicit_egress)},
    {{"direct-ingress", 14},  offsetof(struct proxy_settings, direct_ingress) },
    {{"vip-egress", 10},      offsetof(struct proxy_settings, vip_egress)     },
};

static bool set_mode(struct proxy_settings *settings, struct bytes name)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        if (bytes_equal(modes[i].name, name)) {
            *(bool *)((char *)settings + modes[i].flag) = true;
            return true;
        }
    }
    return false;
}

static bool parse_modes(struct proxy_settings *settings, const char *text)
{
    for (;;) {
        size_t size = strcspn(text, ",");
        if (!set_mode(settings, (struct bytes){text, size}))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

static bool is_address(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* A.B.C.D/LENGTH inside 127.0.0.0/8. */
static bool parse_vips(struct proxy_settings *settings, const char *text)
{
    char address[INET_ADDRSTRLEN];
    struct in_addr network;
    size_t size = strcspn(text, "/");
    char *end;
    if (text[size] == '\0' || size >= sizeof(address))
        return false;
    memcpy(address, text, size);
    address[size] = '\0';
    unsigned long length = strtoul(text + size + 1, &end, 10);
    if (text[size + 1] < '0' || text[size + 1] > '9' || *end != '\0' || length < 8 || length > 32)
        return false;
    if (inet_pton(AF_INET, address, &network) != 1)
        return false;
    settings->vip_count = (uint32_t)((1ull << (32 - length)) - 1);
    settings->vip_network = ntohl(network.s_addr) & ~settings->vip_count;
    return (settings->vip_network & 0xFF000000u) == LOOPBACK;
}

static enum status refuse(struct error *error, enum setting setting, const char *value,
                          const char *wanted)
{
    return error_set(error, ERR_BAD_REQUEST, "node metadata %s is %s%s%s, but must be %s",
                     setting_keys[setting], value ? "'" : "", value ? value : "absent",
                     value ? "'" : "", wanted);
}

enum status settings_parse(const char *const values[SETTING_COUNT], struct proxy_settings *out,
                           struct error *error)
{
    const char *address = values[SETTING_ADDRESS], *app_address = values[SETTING_APP_ADDRESS];
    const char *vips = values[SETTING_VIPS];
    struct proxy_settings settings = {.has_mode = values[SETTING_MODE]};
    if (!settings.has_mode) {
        *out = settings;
        return OK;
    }
    settings.address = address ? address : ADDRESS_DEFAULT;
    settings.app_address = app_address ? app_address : ADDRESS_DEFAULT;
    if (!parse_modes(&settings, values[SETTING_MODE]))
        return refuse(error, SETTING_MODE, values[SETTING_MODE],
                      "a comma list of explicit-egress, direct-ingress and vip-egress");
    if (!is_address(settings.address))
        return refuse(error, SETTING_ADDRESS, address, "an IP address");
    if (!is_address(settings.app_address))
        return refuse(error, SETTING_APP_ADDRESS, app_address, "an IP address");
    if ((vips || settings.vip_egress) && (!vips || !parse_vips(&settings, vips)))
        return refuse(error, SETTING_VIPS, vips, "a CIDR inside 127.0.0.0/8");
    *out = settings;
    return OK;
}
