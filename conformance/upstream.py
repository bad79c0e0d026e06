# SPDX-License-Identifier: Apache-2.0
"""The applications behind the proxies: small servers on an address of their own."""

import collections
import concurrent.futures
import http.server
import socket
import socketserver
import threading

import grpc

import proxy


class Application:
    """An HTTP server that answers with its name. `behave(request)` may return another status."""

    def __init__(self, name, address=None, port=8080, behave=None):
        self.name, self.address = name, address or proxy.new_address()
        self.behave = behave or (lambda request: 200)
        self.seen = collections.deque()
        application = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one write: a second one waits for the peer's ACK

            def do_GET(self):
                application.seen.append((self.path, dict(self.headers.items())))
                status = application.behave(self)
                body = application.name.encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self._server = _Server((self.address, port), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self.close()

    def close(self):
        self._server.server_close()


def of_both_families():
    """Applications `four` and `six`, on one port of 127.0.0.1 and of ::1."""
    while True:
        six = Application("six", "::1", port=0)
        try:
            return Application("four", "127.0.0.1", six.port), six
        except OSError:
            six.close()  # the port is taken there


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    server_bind = socketserver.TCPServer.server_bind  # without looking for a name of the address

    def __init__(self, address, handler):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, *_):
        """A peer that went away is no news."""


class Greeter(Application):
    """A TCP server that speaks first: its name, then the end."""

    PORT = 5432

    def __init__(self, name):
        self.name, self.address = name, proxy.new_address()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(name.encode())

        self._server = socketserver.ThreadingTCPServer((self.address, self.PORT), Handler)


class Grpc:
    """A gRPC server that answers every method of every service with its name."""

    PORT = 50051

    def __init__(self, name):
        self.name, self.address = name, proxy.new_address()
        method = grpc.unary_unary_rpc_method_handler(lambda *_: name.encode())
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
        self._server.add_generic_rpc_handlers([_Every(method)])
        self._server.add_insecure_port(f"{self.address}:{self.PORT}")

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()


class _Every(grpc.GenericRpcHandler):
    def __init__(self, method):
        self._method = method

    def service(self, _):
        return self._method
