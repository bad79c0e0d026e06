# SPDX-License-Identifier: Apache-2.0
"""An xDS client on grpcio and the official stubs: state of the world and delta."""

import queue
import threading

import grpc
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

PATIENCE_S = 30
QUIET_S = 0.2  # how long nothing must come to count as silence
TYPES = {
    "CDS": cluster_pb2.Cluster,
    "EDS": endpoint_pb2.ClusterLoadAssignment,
    "LDS": listener_pb2.Listener,
    "RDS": route_pb2.RouteConfiguration,
    "SDS": secret_pb2.Secret,
}


def url(kind):
    return f"type.googleapis.com/{TYPES[kind].DESCRIPTOR.full_name}"


def kind_of(type_url):
    return next(kind for kind in TYPES if url(kind) == type_url)


def node(name, mesh="m", kind="virtualNode", metadata=None, region=None):
    request = discovery_pb2.DiscoveryRequest()
    request.node.id = name if ":" in name or "/" in name else f"mesh/{mesh}/{kind}/{name}"
    request.node.metadata.update(metadata or {})
    if region:
        request.node.locality.region = region
    return request.node


class Stream:
    """One stream. Requests go out as they are put; responses are taken one by one."""

    def __init__(self, address, who, is_delta=False):
        self.channel = grpc.insecure_channel(address)
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(self.channel)
        self.method = stub.DeltaAggregatedResources if is_delta else stub.StreamAggregatedResources
        self.message = (
            discovery_pb2.DeltaDiscoveryRequest if is_delta else discovery_pb2.DiscoveryRequest
        )
        self.who = who
        self.is_delta = is_delta
        self.is_first = True
        self.outgoing = queue.Queue()
        self.incoming = queue.Queue()
        self.call = self.method(iter(self.outgoing.get, None))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for response in self.call:
                self.incoming.put(response)
            self.incoming.put(None)
        except grpc.RpcError as error:
            self.incoming.put(error)

    def send(self, kind, **members):
        request = self.message(type_url=url(kind), **members)
        if self.is_first:
            request.node.CopyFrom(self.who)
        self.is_first = False
        self.outgoing.put(request)

    def receive(self, kind=None):
        response = self.incoming.get(timeout=PATIENCE_S)
        assert isinstance(response, self.response_types()), response
        assert kind is None or kind_of(response.type_url) == kind, response
        return response

    def response_types(self):
        return discovery_pb2.DiscoveryResponse, discovery_pb2.DeltaDiscoveryResponse

    def ack(self, response, names=(), error=None):
        members = {"response_nonce": response.nonce}
        if not self.is_delta:
            members |= {"resource_names": names, "version_info": response.version_info}
        if error:
            members["error_detail"] = {"code": 3, "message": error}
        self.send(kind_of(response.type_url), **members)

    def ask(self, kind, *names):
        """Asks, takes the answer and acknowledges it: the resources by name."""
        if self.is_delta:
            self.send(kind, resource_names_subscribe=names)
        else:
            self.send(kind, resource_names=names)
        response = self.receive(kind)
        self.ack(response, names)
        return self.resources(response)

    def resources(self, response):
        kind = TYPES[kind_of(response.type_url)]
        found = {}
        for resource in response.resources:
            any_message = resource.resource if self.is_delta else resource
            message = kind()
            assert any_message.Unpack(message)
            found[name_of(message)] = message
        return found

    def assert_silent(self):
        try:
            raise AssertionError(f"not silent: {self.incoming.get(timeout=QUIET_S)}")
        except queue.Empty:
            pass

    def ended_with(self):
        """The status and message with which the server ended the stream."""
        error = self.incoming.get(timeout=PATIENCE_S)
        assert isinstance(error, grpc.RpcError), error
        return error.code(), error.details()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.outgoing.put(None)
        self.call.cancel()
        self.channel.close()


def name_of(message):
    return message.cluster_name if hasattr(message, "cluster_name") else message.name
