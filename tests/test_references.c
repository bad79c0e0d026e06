/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <inttypes.h>

#include "json.h"
#include "references.h"

#define TARGETS                                                                                    \
    "{\"match\":{\"port\":9},\"action\":{\"weightedTargets\":["                                    \
    "{\"virtualNode\":\"a\",\"weight\":1,\"port\":80},{\"virtualNode\":\"b\",\"weight\":1},"       \
    "{\"virtualNode\":\"a\",\"weight\":1}]}}"
#define TARGET(port)                                                                               \
    "{\"match\":{\"port\":9},\"action\":{\"target\":{" port                                        \
    "\"virtualService\":{\"virtualServiceName\":\"s\"}}}}"

/* found: "<kind> <name> <port> <path>" of each, one a line. */
/* clang-format off */
static const struct {
    enum kind kind;
    const char *spec, *found;
} rows[] = {
    {KIND_MESH, "{\"egressFilter\":{\"type\":\"DROP_ALL\"}}", ""},
    {KIND_VIRTUAL_ROUTER, "{}", ""},
    {KIND_VIRTUAL_GATEWAY, "{\"listeners\":[]}", ""},
    {KIND_VIRTUAL_NODE, "{}", ""},
    {KIND_VIRTUAL_NODE,
     "{\"listeners\":[{\"portMapping\":{\"port\":1,\"protocol\":\"tcp\"}}],\"backends\":["
     "{\"virtualService\":{\"virtualServiceName\":\"z\",\"clientPolicy\":{}}},"
     "{\"virtualService\":{\"virtualServiceName\":\"a\"}}]}",
     "VirtualService z 0 spec.backends.virtualService.virtualServiceName\n"
     "VirtualService a 0 spec.backends.virtualService.virtualServiceName\n"},
    {KIND_VIRTUAL_SERVICE, "{}", ""},
    {KIND_VIRTUAL_SERVICE, "{\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"n\"}}}",
     "VirtualNode n 0 spec.provider.virtualNode.virtualNodeName\n"},
    {KIND_VIRTUAL_SERVICE, "{\"provider\":{\"virtualRouter\":{\"virtualRouterName\":\"r\"}}}",
     "VirtualRouter r 0 spec.provider.virtualRouter.virtualRouterName\n"},
    {KIND_ROUTE, "{\"priority\":1,\"grpcRoute\":" TARGETS "}",
     "VirtualNode a 80 spec.grpcRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode b 0 spec.grpcRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode a 0 spec.grpcRoute.action.weightedTargets.virtualNode\n"},
    {KIND_ROUTE, "{\"http2Route\":" TARGETS "}",
     "VirtualNode a 80 spec.http2Route.action.weightedTargets.virtualNode\n"
     "VirtualNode b 0 spec.http2Route.action.weightedTargets.virtualNode\n"
     "VirtualNode a 0 spec.http2Route.action.weightedTargets.virtualNode\n"},
    {KIND_ROUTE, "{\"httpRoute\":" TARGETS "}",
     "VirtualNode a 80 spec.httpRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode b 0 spec.httpRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode a 0 spec.httpRoute.action.weightedTargets.virtualNode\n"},
    {KIND_ROUTE, "{\"tcpRoute\":" TARGETS "}",
     "VirtualNode a 80 spec.tcpRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode b 0 spec.tcpRoute.action.weightedTargets.virtualNode\n"
     "VirtualNode a 0 spec.tcpRoute.action.weightedTargets.virtualNode\n"},
    {KIND_GATEWAY_ROUTE, "{\"httpRoute\":" TARGET("\"port\":80,") "}",
     "VirtualService s 80 spec.httpRoute.action.target.virtualService.virtualServiceName\n"},
    {KIND_GATEWAY_ROUTE, "{\"http2Route\":" TARGET("") "}",
     "VirtualService s 0 spec.http2Route.action.target.virtualService.virtualServiceName\n"},
    {KIND_GATEWAY_ROUTE, "{\"grpcRoute\":" TARGET("\"port\":1,") "}",
     "VirtualService s 1 spec.grpcRoute.action.target.virtualService.virtualServiceName\n"},
};
/* clang-format on */

static void write_down(void *context, const struct reference *reference)
{
    buffer_printf(context, "%s %s %" PRId64 " %s\n", kinds[reference->kind].name, reference->name,
                  reference->port, reference->path);
}

static void every_reference_is_found_with_its_port(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_fault fault;
        struct buffer found = {0};
        struct cJSON *spec = json_parse(bytes_of(rows[i].spec), &fault);
        assert_non_null(spec);
        buffer_text(&found, "");
        references_walk(rows[i].kind, spec, write_down, &found);
        assert_string_equal(found.data, rows[i].found);
        buffer_clear(&found);
        json_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reference_is_found_with_its_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
