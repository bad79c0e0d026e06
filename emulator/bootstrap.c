/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap.h"

#include <stdlib.h>

#include "address.h"
#include "json.h"
#include "node_id.h"
#include "options.h"
#include "settings.h"
#include "translate/translate.h"

#define CLUSTER "appmesh-emulator"
#define TYPE_PREFIX "type.googleapis.com/envoy.extensions."

/* Fixed parts. re2.max_program_size is AWS's value. Without the retry policy an Envoy waits ever
 * longer, up to 30 s, before it comes back. */
static const char dynamic_resources[] =
    "  \"dynamic_resources\": {\n"
    "    \"lds_config\": {\"ads\": {}, \"initial_fetch_timeout\": \"0s\", "
    "\"resource_api_version\": \"V3\"},\n"
    "    \"cds_config\": {\"ads\": {}, \"initial_fetch_timeout\": \"0s\", "
    "\"resource_api_version\": \"V3\"},\n"
    "    \"ads_config\": {\"api_type\": \"GRPC\", \"transport_api_version\": \"V3\", "
    "\"grpc_services\": [{\"envoy_grpc\": {\n"
    "      \"cluster_name\": \"" CLUSTER "\",\n"
    "      \"retry_policy\": {\"retry_back_off\": {\"base_interval\": \"0.1s\", "
    "\"max_interval\": \"1s\"}}}}]}\n"
    "  },\n";

static const char http_options[] =
    "    \"typed_extension_protocol_options\": {\"envoy.extensions.upstreams.http.v3."
    "HttpProtocolOptions\": {\n"
    "      \"@type\": \"" TYPE_PREFIX "upstreams.http.v3.HttpProtocolOptions\",\n"
    "      \"explicit_http_config\": {\"http2_protocol_options\": {\"connection_keepalive\": "
    "{\"interval\": \"10s\", \"timeout\": \"20s\"}}}}},\n";

static const char runtime[] =
    "  \"layered_runtime\": {\"layers\": [\n"
    "    {\"name\": \"static_layer_0\", \"static_layer\": {\"re2.max_program_size.error_level\": "
    "1000}},\n"
    "    {\"name\": \"admin_layer\", \"admin_layer\": {}}]}\n";

static void print_text(struct buffer *out, const char *before, const char *text)
{
    buffer_text(out, before);
    json_print_string(out, text);
}

static const char *arn_of(struct arena *arena, const struct node_id *id, const struct scope *scope)
{
    struct resource_path path = {.kind = id->kind, .names = {[KIND_MESH] = id->mesh}};
    struct scope place = *scope;
    path.names[id->kind] = id->name;
    if (id->owner)
        place.account = id->owner;
    if (id->arn_account)
        place = (struct scope){id->arn_account, id->arn_region};
    return arn_format(arena, &place, &path);
}

static void print_metadata(struct buffer *out, const char *const values[SETTING_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (!values[i])
            continue;
        print_text(out, count++ == 0 ? ", \"metadata\": {" : ", ", setting_keys[i]);
        print_text(out, ": ", values[i]);
    }
    if (count > 0)
        buffer_char(out, '}');
}

static void print_node(struct buffer *out, const char *id, const char *region,
                       const char *const values[SETTING_COUNT])
{
    print_text(out, "  \"node\": {\"id\": ", id);
    print_text(out, ", \"cluster\": ", id);
    print_text(out, ", \"locality\": {\"region\": ", region);
    buffer_char(out, '}');
    print_metadata(out, values);
    buffer_text(out, "},\n");
}

/* "socket_address" of HOST:PORT, or "pipe" of unix:PATH. */
static void print_address(struct buffer *out, struct arena *arena, const char *address)
{
    const char *host, *port;
    if (strncmp(address, "unix:", 5) == 0) {
        print_text(out, "{\"pipe\": {\"path\": ", address + 5);
    } else if (address_split(arena, address, &host, &port)) {
        print_text(out, "{\"socket_address\": {\"address\": ", host);
        buffer_printf(out, ", \"port_value\": %lu", strtoul(port, NULL, 10));
    }
    buffer_text(out, "}}");
}

/* The server's chain is trusted as it is. */
static void print_tls(struct buffer *out, const char *chain)
{
    if (!chain)
        return;
    print_text(out,
               "    \"transport_socket\": {\"name\": \"envoy.transport_sockets.tls\", "
               "\"typed_config\": {\n      \"@type\": \"" TYPE_PREFIX
               "transport_sockets.tls.v3.UpstreamTlsContext\",\n      \"common_tls_context\": "
               "{\"validation_context\": {\"trusted_ca\": {\"filename\": ",
               chain);
    buffer_text(out, "}}}}},\n");
}

static void print_cluster(struct buffer *out, struct arena *arena, const char *name,
                          const char *address, const char *tls_chain)
{
    buffer_printf(out, "{\n    \"name\": \"%s\", \"connect_timeout\": \"1s\",\n", name);
    buffer_printf(out, "    \"type\": \"%s\",\n",
                  strncmp(address, "unix:", 5) == 0 ? "STATIC" : "STRICT_DNS");
    buffer_text(out, http_options);
    if (strncmp(address, "unix:", 5) != 0)
        print_tls(out, tls_chain);
    buffer_printf(out,
                  "    \"load_assignment\": {\"cluster_name\": \"%s\", \"endpoints\": "
                  "[{\"lb_endpoints\": [\n"
                  "      {\"endpoint\": {\"address\": ",
                  name);
    print_address(out, arena, address);
    buffer_text(out, "}}]}]}}");
}

static const char *last_address(const struct options *options)
{
    size_t i = 0;
    while (options->xds[i + 1])
        i++;
    return options->xds[i];
}

static void print_clusters(struct buffer *out, struct arena *arena, const struct options *options)
{
    buffer_text(out, "  \"static_resources\": {\"clusters\": [");
    print_cluster(out, arena, CLUSTER, last_address(options), options->xds_tls_cert);
    if (options->sds_socket) {
        buffer_text(out, ", ");
        print_cluster(out, arena, SDS_SOCKET_CLUSTER,
                      arena_printf(arena, "unix:%s", options->sds_socket), NULL);
    }
    buffer_text(out, "]},\n");
}

static void print(struct buffer *out, const struct options *options, struct arena *arena,
                  const struct node_id *id, const char *const values[SETTING_COUNT])
{
    const char *region = id->arn_region ? id->arn_region : options->scope.region;
    buffer_text(out, "{\n");
    print_node(out, arn_of(arena, id, &options->scope), region, values);
    buffer_text(out, "  \"admin\": {\"address\": ");
    print_address(out, arena, options->admin);
    buffer_text(out, "},\n");
    buffer_text(out, dynamic_resources);
    print_clusters(out, arena, options);
    buffer_text(out, runtime);
    buffer_text(out, "}\n");
}

/* NULL, with *out_id filled, or what is wrong. */
static const char *complaint(const struct options *options, struct arena *arena,
                             const char *const values[SETTING_COUNT], struct node_id *out_id)
{
    struct error error = {.arena = arena};
    struct proxy_settings settings;
    if (options_xds_is_off(options))
        return "--xds off: an Envoy needs an address";
    if (!node_id_parse(arena, options->node, out_id))
        return "--node: must be mesh/MESH/virtualNode/NAME, mesh/MESH/virtualGateway/NAME or an "
               "ARN";
    return settings_parse(values, &settings, &error) == OK ? NULL : error.message;
}

bool bootstrap(const struct options *options, struct arena *arena, struct buffer *out,
               const char **out_reason)
{
    const char *const values[SETTING_COUNT] = {
        [SETTING_MODE] = options->mode,
        [SETTING_ADDRESS] = options->address,
        [SETTING_APP_ADDRESS] = options->app_address,
        [SETTING_VIPS] = options->vips,
    };
    struct node_id id;
    const char *reason = complaint(options, arena, values, &id);
    if (reason)
        *out_reason = reason;
    else
        print(out, options, arena, &id, values);
    return !reason;
}
