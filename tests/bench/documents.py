# SPDX-License-Identifier: Apache-2.0
"""What is sent: names, specs, state documents."""

import json

ACCOUNT, REGION = "123456789012", "us-west-2"
MESH = "/v20190125/meshes"
NODES = MESH + "/m/virtualNodes"
MARK = "########"  # what the loads replace by a number of eight digits


def node_spec(size):
    """The spec of a virtual node whose create request is about so many bytes long."""
    spec = {
        "listeners": [
            {
                "portMapping": {"port": 8080, "protocol": "http"},
                "healthCheck": {
                    "protocol": "http",
                    "path": "/ping",
                    "healthyThreshold": 2,
                    "unhealthyThreshold": 3,
                    "timeoutMillis": 2000,
                    "intervalMillis": 5000,
                    "port": 8080,
                },
                "timeout": {
                    "http": {
                        "idle": {"unit": "s", "value": 60},
                        "perRequest": {"unit": "ms", "value": 2500},
                    }
                },
            }
        ],
        "serviceDiscovery": {
            "awsCloudMap": {"namespaceName": "demo.local", "serviceName": "node", "attributes": []}
        },
        "logging": {"accessLog": {"file": {"path": "/dev/stdout"}}},
    }
    attributes = spec["serviceDiscovery"]["awsCloudMap"]["attributes"]
    while len(compact(spec)) < size - 90:
        number = f"{len(attributes):02}"
        attributes.append({"key": "attribute-" + number, "value": "the value of " + number})
    return spec


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def state(**collections):
    return compact({"format": 1, "accounts": {ACCOUNT: {REGION: collections}}}).encode()


def state_of(count, spec):
    nodes = [{"meshName": "m", "virtualNodeName": f"n{i:08}", "spec": spec} for i in range(count)]
    return state(meshes=[{"meshName": "m", "spec": {}}], virtualNodes=nodes)


# ---- a mesh whose nodes call each other ----

BACKENDS = 10
PORT = [{"portMapping": {"port": 9080, "protocol": "http"}}]


def change_of(router, target="n00000000"):
    """What `envoys` has to be told: a new route for those who call the router's service."""
    body = {"spec": http_route(target, prefix="/" + MARK)}
    return "PUT", f"{MESH}/m/virtualRouter/{router}/routes/main", compact(body)


def http_route(node, prefix="/"):
    targets = [{"virtualNode": node, "weight": 1}]
    return {"httpRoute": {"match": {"prefix": prefix}, "action": {"weightedTargets": targets}}}


def calling_node(discovery, *services):
    backends = [{"virtualService": {"virtualServiceName": name + ".local"}} for name in services]
    return {"listeners": PORT, "serviceDiscovery": discovery, "backends": backends}


def service_rows(targets):
    """The router, the route and the virtual service of each service, from its target."""
    routers = {name: {"listeners": PORT} for name in targets}
    return {
        "virtualRouters": rows("virtualRouterName", routers),
        "routes": [
            {
                "meshName": "m",
                "virtualRouterName": name,
                "routeName": "main",
                "spec": http_route(target),
            }
            for name, target in targets.items()
        ],
        "virtualServices": rows(
            "virtualServiceName",
            {
                name + ".local": {"provider": {"virtualRouter": {"virtualRouterName": name}}}
                for name in targets
            },
        ),
    }


def rows(member, specs):
    return [{"meshName": "m", member: name, "spec": spec} for name, spec in specs.items()]


def town_of(count):
    """A mesh of so many nodes: each calls its BACKENDS next ones (so s00000010 is called by the
    first ten) and the service `all`."""
    numbers = [f"{i:08}" for i in range(count)]
    nodes = {
        "n" + number: calling_node(
            {"dns": {"hostname": f"n{number}.local"}},
            "all",
            *(f"s{(i + k) % count:08}" for k in range(1, BACKENDS + 1)),
        )
        for i, number in enumerate(numbers)
    }
    services = {"s" + number: "n" + number for number in numbers} | {"all": "n00000000"}
    return state(
        meshes=[{"meshName": "m", "spec": {}}],
        virtualNodes=rows("virtualNodeName", nodes),
        **service_rows(services),
    )


# ---- a service of Cloud Map and a node that calls it ----

REGISTER = "X-Amz-Target: Route53AutoNaming_v20170314.RegisterInstance"
REGISTRATION = (
    "POST",
    "/",
    compact(
        {
            "ServiceId": "srv-shop",
            "InstanceId": "new-" + MARK,
            "Attributes": {"AWS_INSTANCE_IPV4": "10.255.0.1"},
        }
    ),
)


def shop_of(count):
    """`front` calls `shop`, which has so many instances."""
    instances = [
        {
            "Id": f"i{i:08}",
            "ServiceId": "srv-shop",
            "Attributes": {"AWS_INSTANCE_IPV4": f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"},
        }
        for i in range(count)
    ]
    discovery = {"awsCloudMap": {"namespaceName": "town", "serviceName": "shop"}}
    nodes = {
        "front": calling_node({"dns": {"hostname": "front.local"}}, "shop"),
        "shop": calling_node(discovery),
    }
    return state(
        meshes=[{"meshName": "m", "spec": {}}],
        virtualNodes=rows("virtualNodeName", nodes),
        **service_rows({"shop": "shop"}),
        cloudMap={
            "namespaces": [{"Id": "ns-town", "Name": "town", "Type": "HTTP"}],
            "services": [{"Id": "srv-shop", "NamespaceId": "ns-town", "Name": "shop"}],
            "instances": instances,
        },
    )
