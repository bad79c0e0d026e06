# SPDX-License-Identifier: Apache-2.0
"""Input for any operation, from botocore's model: as little as holds, with one member chosen."""

import copy

import kinds
import model

ELEMENT = "[]"  # a step of a path into a list

# What the model alone does not say: values that hold under the rules too.
STRINGS = {
    "Arn": "arn:aws:acm:us-west-2:123456789012:certificate/0",
    "AccountId": "123456789012",
    "HttpPathExact": "/",
    "HttpRetryPolicyEvent": "server-error",
    "NamespaceNamePublic": "a.a",
    "HttpGatewayRoutePrefix": "/",
}
DURATION = {"unit": "s", "value": 1}
RETRIES = {"maxRetries": 1, "perRetryTimeout": DURATION, "httpRetryEvents": ["server-error"]}
MINIMAL = {
    "Duration": DURATION,
    "GrpcRouteMatch": {"serviceName": "service"},
    "HttpRetryPolicy": RETRIES,
    "GrpcRetryPolicy": RETRIES,
    "RouteSpec": kinds.http_route(),
    "GatewayRouteSpec": kinds.gateway_route(),
    "VirtualGatewaySpec": {"listeners": [kinds.listener()]},
    "HttpRouteMatch": {"prefix": "/"},
    "HttpGatewayRouteMatch": {"prefix": "/"},
    "GrpcGatewayRouteMatch": {"serviceName": "service"},
    "HttpPathMatch": {"exact": "/"},
    "GatewayRouteHostnameMatch": {"exact": "host"},
    "QueryParameterMatch": {"exact": "value"},
    "HealthCheckPolicy": {
        "healthyThreshold": 2,
        "intervalMillis": 5000,
        "path": "/",
        "protocol": "http",
        "timeoutMillis": 2000,
        "unhealthyThreshold": 2,
    },
    "MatchRange": {"start": 1, "end": 10},
    "PortMapping": {"port": 8080, "protocol": "http"},
    "VirtualGatewayPortMapping": {"port": 8080, "protocol": "http"},
    "WeightedTarget": kinds.target(),
}
MINIMAL["VirtualGatewayHealthCheckPolicy"] = MINIMAL["HealthCheckPolicy"]
# Of these the sample's members would stand in the way of a chosen one.
ALTERNATIVES = {
    "RouteSpec": {"httpRoute", "http2Route", "grpcRoute", "tcpRoute"},
    "GatewayRouteSpec": {"httpRoute", "http2Route", "grpcRoute"},
    "HttpRouteMatch": {"prefix", "path"},
    "HttpGatewayRouteMatch": {"prefix", "path"},
    "HttpPathMatch": {"exact", "regex"},
    "GatewayRouteHostnameMatch": {"exact", "suffix"},
    "HttpGatewayRouteRewrite": {"prefix", "path"},
    "HttpGatewayRoutePrefixRewrite": {"defaultPrefix", "value"},
}


def minimal(shape):
    """The least value of a shape."""
    if shape.name in MINIMAL:
        return copy.deepcopy(MINIMAL[shape.name])
    if shape.type_name == "structure":
        return {n: minimal(shape.members[n]) for n in required(shape)}
    if shape.type_name == "list":
        return elements(shape, shape.metadata.get("min", 1))
    if shape.type_name == "map":
        return {f"k{n}": minimal(shape.value) for n in range(shape.metadata.get("min", 1))}
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "string":
        return string(shape)
    return shape.metadata.get("min", 1)


def elements(shape, count):
    """That many elements, apart from each other where the rules want it."""
    found = [minimal(shape.member) for _ in range(count)]
    for index, element in enumerate(found):
        if shape.member.name == "Tag":
            element["Key"] = f"key{index}"
        elif shape.member.name == "TagRef":
            element["key"] = f"key{index}"
        elif shape.member.name == "WeightedTarget":
            element["port"] = 8080 + index
        elif shape.member.name == "TagKey":
            found[index] = f"key{index}"
    return found


def required(shape):
    if model.is_union(shape) and not shape.required_members:
        return [next(iter(shape.members))]
    return shape.required_members


def string(shape, length=None):
    if shape.enum:
        return shape.enum[0]
    fit = STRINGS.get(shape.name, "a")
    return fit if length is None else (fit + "a" * length)[:length]


def containing(shape, path, value):
    """The least value of a shape with `value` at the path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == ELEMENT:
        return [containing(shape.member, rest, value)]
    alternatives = set(shape.members) if model.is_union(shape) else ALTERNATIVES.get(shape.name, ())
    base = {
        n: v
        for n, v in minimal(shape).items()
        if n != step and not (step in alternatives and n in alternatives)
    }
    base[step] = containing(shape.members[step], rest, value)
    return base


def paths(shape, above=()):
    """Every member below a shape: (path, shape of it, is it required)."""
    if shape.type_name == "list":
        yield (*above, ELEMENT), shape.member, False
        yield from paths(shape.member, (*above, ELEMENT))
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (*above, name), member, name in shape.required_members
            yield from paths(member, (*above, name))
