# SPDX-License-Identifier: Apache-2.0
"""A local SDS server on a unix socket, as SPIRE's agent is one: Envoys ask it for what a mesh calls
`sds`. Neither certificates nor keys pass the emulator."""

import concurrent.futures

import grpc
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2
from envoy.service.discovery.v3 import discovery_pb2
from envoy.service.secret.v3 import sds_pb2_grpc

STREAMS = 32  # an Envoy has one for each secret


class Server(sds_pb2_grpc.SecretDiscoveryServiceServicer):
    """Serves what was added before it is asked. Use as a context manager."""

    def __init__(self, path):
        self.path = path
        self._secrets = {}
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(STREAMS))
        sds_pb2_grpc.add_SecretDiscoveryServiceServicer_to_server(self, self._server)
        self._server.add_insecure_port(f"unix:{path}")

    def add_certificate(self, name, folder):
        """The folder is one of authority.make."""
        secret = self._secrets[name] = secret_pb2.Secret(name=name)
        secret.tls_certificate.certificate_chain.filename = f"{folder}/server.pem"
        secret.tls_certificate.private_key.filename = f"{folder}/server.key"

    def add_authority(self, name, folder):
        secret = self._secrets[name] = secret_pb2.Secret(name=name)
        secret.validation_context.trusted_ca.filename = f"{folder}/ca.pem"

    def StreamSecrets(self, requests, _):
        for request in requests:
            if not request.response_nonce:
                yield self._answer(request)

    def _answer(self, request):
        answer = discovery_pb2.DiscoveryResponse(
            type_url=request.type_url, version_info="1", nonce="1"
        )
        for name in request.resource_names:
            answer.resources.add().Pack(self._secrets[name])
        return answer

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()
