# SPDX-License-Identifier: Apache-2.0
"""An xDS client on grpcio and the official stubs: state of the world and delta."""

import queue
import socket
import struct
import threading

import grpc
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2
from envoy.service.discovery.v3 import discovery_pb2

PATIENCE_S = 30
QUIET_S = 0.2  # how long nothing must come to count as silence
TYPES = {
    "CDS": cluster_pb2.Cluster,
    "EDS": endpoint_pb2.ClusterLoadAssignment,
    "LDS": listener_pb2.Listener,
    "RDS": route_pb2.RouteConfiguration,
    "SDS": secret_pb2.Secret,
}
SERVICES = {"CDS": "Cluster", "EDS": "Endpoint", "LDS": "Listener", "RDS": "Route", "SDS": "Secret"}


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


def path_of(is_delta, only):
    verb = "Delta" if is_delta else "Stream"
    if not only:
        return f"/envoy.service.discovery.v3.AggregatedDiscoveryService/{verb}AggregatedResources"
    name = SERVICES[only]
    return f"/envoy.service.{name.lower()}.v3.{name}DiscoveryService/{verb}{name}s"


class Stream:
    """One stream: of all types or of one, on a connection of its own or on that of another stream.
    Requests go out as they are put; responses are taken one by one."""

    def __init__(self, address, who, is_delta=False, only=None, beside=None):
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = beside.channel if beside else grpc.insecure_channel(address, options)
        self.owns_channel = not beside
        self.message, response = (
            (discovery_pb2.DeltaDiscoveryRequest, discovery_pb2.DeltaDiscoveryResponse)
            if is_delta
            else (discovery_pb2.DiscoveryRequest, discovery_pb2.DiscoveryResponse)
        )
        self.who = who
        self.is_delta = is_delta
        self.is_first = True
        self.outgoing = queue.Queue()
        self.incoming = queue.Queue()
        method = self.channel.stream_stream(
            path_of(is_delta, only), self.message.SerializeToString, response.FromString
        )
        self.call = method(iter(self.outgoing.get, None))
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

    def subscription(self, names):
        return {"resource_names_subscribe" if self.is_delta else "resource_names": names}

    def ask(self, kind, *names):
        """Asks, takes the answer and acknowledges it: the resources by name."""
        self.send(kind, **self.subscription(names))
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
        if self.owns_channel:
            self.channel.close()


def name_of(message):
    return message.cluster_name if hasattr(message, "cluster_name") else message.name


class Deaf:
    """One request by hand, of a client with a window of 0 that reads nothing. RFC 9113, 7541."""

    def __init__(self, address, path, message):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
        headers = {
            ":method": "POST",
            ":scheme": "http",
            ":path": path,
            ":authority": "x",
            "content-type": "application/grpc",
        }
        block = b"".join(b"\0" + _text(name) + _text(value) for name, value in headers.items())
        settings = struct.pack(">HI", 4, 0)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, settings))
        self.socket.sendall(_frame(1, 4, 1, block))
        self.send(message)

    def send(self, message):
        self.socket.sendall(_frame(0, 0, 1, b"\0" + struct.pack(">I", len(message)) + message))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def _text(text):
    assert len(text) < 127
    return bytes([len(text)]) + text.encode()


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
