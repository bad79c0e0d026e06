/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "arena.h"
#include "arn.h"

/* Source: recorded replies; the partitions are AWS's. */
static const struct {
    const char *arn;
    struct scope scope;
    struct resource_path path;
} arns[] = {
    {"arn:aws:appmesh:us-west-2:123456789012:mesh/m",
     {"123456789012", "us-west-2"},
     {KIND_MESH, {[KIND_MESH] = "m"}}                                                        },
    {"arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualGateway/g",
     {"123456789012", "us-west-2"},
     {KIND_VIRTUAL_GATEWAY, {[KIND_MESH] = "m", [KIND_VIRTUAL_GATEWAY] = "g"}}               },
    {"arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualGateway/g/gatewayRoute/r",
     {"123456789012", "us-west-2"},
     {KIND_GATEWAY_ROUTE,
      {[KIND_MESH] = "m", [KIND_VIRTUAL_GATEWAY] = "g", [KIND_GATEWAY_ROUTE] = "r"}}         },
    {"arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/n",
     {"123456789012", "us-west-2"},
     {KIND_VIRTUAL_NODE, {[KIND_MESH] = "m", [KIND_VIRTUAL_NODE] = "n"}}                     },
    {"arn:aws-cn:appmesh:cn-north-1:123456789012:mesh/m/virtualRouter/r",
     {"123456789012", "cn-north-1"},
     {KIND_VIRTUAL_ROUTER, {[KIND_MESH] = "m", [KIND_VIRTUAL_ROUTER] = "r"}}                 },
    {"arn:aws-us-gov:appmesh:us-gov-east-1:123456789012:mesh/m/virtualRouter/r/route/t",
     {"123456789012", "us-gov-east-1"},
     {KIND_ROUTE, {[KIND_MESH] = "m", [KIND_VIRTUAL_ROUTER] = "r", [KIND_ROUTE] = "t"}}      },
    {"arn:aws:appmesh:eu-central-1:210987654321:mesh/a:b%2F/virtualService/x.svc.local",
     {"210987654321", "eu-central-1"},
     {KIND_VIRTUAL_SERVICE, {[KIND_MESH] = "a:b%2F", [KIND_VIRTUAL_SERVICE] = "x.svc.local"}}},
};

static const char *const strangers[] = {
    "",
    "arn",
    "mesh/m",
    "arn:aws:appmesh:us-west-2:123456789012",
    "arn:aws:appmesh:us-west-2:123456789012:",
    "arn:aws:appmesh:us-west-2:123456789012:mesh",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/",
    "arn:aws:appmesh:us-west-2:123456789012:mesh//virtualNode/n",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNodes/n",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/VirtualNode/n",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/route/r",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualRouter/r/gatewayRoute/g",
    "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/n/route/r",
    "arn:aws:appmesh:us-west-2:123456789012:virtualNode/n",
    "arn:aws:appmesh::123456789012:mesh/m",
    "arn:aws:appmesh:us-west-2::mesh/m",
    "arn:aws:s3:us-west-2:123456789012:mesh/m",
    "arn:aws-cn:appmesh:us-west-2:123456789012:mesh/m",
    "arn:aws:appmesh:cn-north-1:123456789012:mesh/m",
    "ARN:aws:appmesh:us-west-2:123456789012:mesh/m",
};

static void assert_same_name(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a)
        assert_string_equal(a, b);
}

static void every_kind_has_its_arn(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(arns); i++)
        assert_string_equal(arn_format(&arena, &arns[i].scope, &arns[i].path), arns[i].arn);
    arena_clear(&arena);
}

static void an_arn_reads_back_as_it_was_written(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(arns); i++) {
        struct scope scope;
        struct resource_path path;
        assert_true(arn_parse(&arena, arns[i].arn, &scope, &path));
        assert_string_equal(scope.account, arns[i].scope.account);
        assert_string_equal(scope.region, arns[i].scope.region);
        assert_int_equal(path.kind, arns[i].path.kind);
        for (enum kind kind = 0; kind < KIND_COUNT; kind++)
            assert_same_name(path.names[kind], arns[i].path.names[kind]);
    }
    arena_clear(&arena);
}

static void what_is_no_app_mesh_arn_is_refused_and_leaves_the_outputs_alone(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT(strangers); i++) {
        struct scope scope = {"before", "before"};
        struct resource_path path = {KIND_NONE, {0}};
        if (arn_parse(&arena, strangers[i], &scope, &path))
            fail_msg("taken for an ARN: %s", strangers[i]);
        assert_string_equal(scope.account, "before");
        assert_int_equal(path.kind, KIND_NONE);
    }
    arena_clear(&arena);
}

static void an_account_is_12_digits(void **state)
{
    (void)state;
    assert_true(scope_has_account("123456789012"));
    assert_false(scope_has_account("12345678901"));
    assert_false(scope_has_account("1234567890123"));
    assert_false(scope_has_account("12345678901a"));
    assert_false(scope_has_account(""));
}

static void a_region_is_1_to_32_lower_case_letters_digits_and_dashes(void **state)
{
    (void)state;
    assert_true(scope_has_region("r"));
    assert_true(scope_has_region("us-gov-west-1"));
    assert_true(scope_has_region("abcdefghijklmnopqrstuvwxyz-01234"));
    assert_false(scope_has_region("abcdefghijklmnopqrstuvwxyz-012345"));
    assert_false(scope_has_region("US-WEST-2"));
    assert_false(scope_has_region("us_west"));
    assert_false(scope_has_region(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_arn),
        cmocka_unit_test(an_arn_reads_back_as_it_was_written),
        cmocka_unit_test(what_is_no_app_mesh_arn_is_refused_and_leaves_the_outputs_alone),
        cmocka_unit_test(an_account_is_12_digits),
        cmocka_unit_test(a_region_is_1_to_32_lower_case_letters_digits_and_dashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
