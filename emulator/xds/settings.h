/* SPDX-License-Identifier: Apache-2.0
 *
 * The opt-in modes of a proxy that runs without iptables, as its node metadata asks for them.
 */
#ifndef XDS_SETTINGS_H
#define XDS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

enum setting { SETTING_MODE, SETTING_ADDRESS, SETTING_APP_ADDRESS, SETTING_VIPS, SETTING_COUNT };

/* Keys of node metadata, whose values are strings. */
extern const char *const setting_keys[SETTING_COUNT];

/* All zero: no mode, what EMS would have sent. */
struct proxy_settings {
    bool has_mode, explicit_egress, direct_ingress, vip_egress;
    const char *address;             /* that every listener binds; with a mode never NULL */
    const char *app_address;         /* where the application listens; with a mode never NULL */
    uint32_t vip_network, vip_count; /* host byte order; addresses network + 1 .. network + count */
};

/* values: by enum setting, NULL for one that is not there; the addresses are borrowed from it.
 * Without a mode the others are ignored. Errors: ERR_BAD_REQUEST, naming the key. */
enum status settings_parse(const char *const values[SETTING_COUNT], struct proxy_settings *out,
                           struct error *) NODISCARD;

#endif
