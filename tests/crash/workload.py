# SPDX-License-Identifier: Apache-2.0
"""Clients that write without pause and keep the record of what was acknowledged.

Each client works on a mesh of its own, one request at a time, so its record is exact: after a crash
the mesh is what the acknowledged requests made it, with or without the one that was under way.
"""

import dataclasses
import http.client
import itertools
import random
import threading

import specs
from emulator import PATIENCE_S
from wire import PREFIX, Connection

CLIENTS = 8

# The item path of each collection of a state document, in an order in which all can be deleted.
ITEMS = {
    "gatewayRoutes": "/meshes/{meshName}/virtualGateway/{virtualGatewayName}"
    "/gatewayRoutes/{gatewayRouteName}",
    "routes": "/meshes/{meshName}/virtualRouter/{virtualRouterName}/routes/{routeName}",
    "virtualServices": "/meshes/{meshName}/virtualServices/{virtualServiceName}",
    "virtualGateways": "/meshes/{meshName}/virtualGateways/{virtualGatewayName}",
    "virtualRouters": "/meshes/{meshName}/virtualRouters/{virtualRouterName}",
    "virtualNodes": "/meshes/{meshName}/virtualNodes/{virtualNodeName}",
    "meshes": "/meshes/{meshName}",
}


# ---- what is stored ----


@dataclasses.dataclass
class Content:
    """Documents by item path, in an order in which they can be deleted; tags by ARN."""

    documents: dict = dataclasses.field(default_factory=dict)
    tags: dict = dataclasses.field(default_factory=dict)

    def copy(self):
        return Content(dict(self.documents), dict(self.tags))

    def of_mesh(self, name):
        documents = {k: d for k, d in self.documents.items() if d["meshName"] == name}
        arns = {d["metadata"]["arn"] for d in documents.values()}
        return Content(documents, {a: t for a, t in self.tags.items() if a in arns})


def content_of(state):
    """The content of a state document."""
    content = Content()
    for region in (r for regions in state["accounts"].values() for r in regions.values()):
        for collection, path in ITEMS.items():
            for document in region[collection]:
                item = path.format(**document)
                assert item not in content.documents, f"{item} is there twice"
                content.documents[item] = document
        content.tags.update(region["tags"])
    return content


def read_content(server):
    answer = Connection(server).get("/_emulator/state")
    assert answer.status == 200, answer.body
    return content_of(answer.json)


# ---- clients ----


@dataclasses.dataclass
class Request:
    """One write. `needs` are the items that it refers to, its parent included."""

    number: int
    verb: str  # create, update, delete, tag
    item: str
    method: str
    target: str
    body: dict = None
    needs: tuple = ()


class Client:
    """begin() makes it write until end(), on one server after the other. With may_fail it takes 503
    for an answer, and stops when the connection does."""

    def __init__(self, number, seed, may_fail=False):
        self.mesh = f"m{number}"
        self._random = random.Random(f"{seed}-{number}")
        self._may_fail = may_fail
        self._numbers = itertools.count(number * 1_000_000)
        self._needs = {}
        self.content = Content()  # what was acknowledged
        self.answered = []  # each acknowledged request with its reply
        self.pending = None  # the request that was sent and not answered
        self.refused = 0  # 503s
        self.failure = None  # an answer that should not be
        self._is_over = threading.Event()  # what fails from now on is no surprise

    def begin(self, server, on_answer=lambda: None):
        self._is_over.clear()
        arguments = (Connection(server), on_answer)
        self._thread = threading.Thread(target=self._work, args=arguments, daemon=True)
        self._thread.start()

    def end(self):
        self._is_over.set()

    def join(self):
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), f"{self.pending} hangs"

    def go_on_from(self, content):
        """What a look into the store has found decides about the request that was pending."""
        self.content = content.of_mesh(self.mesh)
        if self.pending and is_outcome(content.documents.get(self.pending.item), self.pending):
            self._note_needs(self.pending)
        self.pending = None

    def _work(self, connection, on_answer):
        try:
            while not self.failure and not self._is_over.is_set():
                self._send(connection, self._choose())
                on_answer()
        except (OSError, http.client.HTTPException) as error:
            if not self._may_fail and not self._is_over.is_set():
                self.failure = f"{self.pending}: {error!r}"
        if self.failure:
            on_answer()
        connection.close()

    def _send(self, connection, request):
        self.pending = request
        answer = connection.request(
            request.method, request.target, request.body, {"x-request": str(request.number)}
        )
        if answer.status == 200:
            self.answered.append((request, answer.json))
            apply(self.content, request, answer.json)
            self._note_needs(request)
        elif self._may_fail and answer.refusal[:2] == (503, "ServiceUnavailableException"):
            self.refused += 1
        else:
            self.failure = f"{request} answered {answer.status}: {answer.body}"
        self.pending = None

    def _note_needs(self, request):
        if request.verb in ("create", "update"):
            self._needs[request.item] = request.needs

    # ---- what to do next ----

    def _choose(self):
        """A random write that must succeed."""
        while True:
            slot = self._random.choice(specs.SLOTS)
            item = slot.item.format(mesh=self.mesh)
            verb = self._choose_verb(item)
            if verb == "tag":
                arn = self.content.documents[item]["metadata"]["arn"]
                body = {"tags": [{"key": "k", "value": specs.text(self._random, 200)}]}
                return self._request(verb, item, "PUT", f"/tag?resourceArn={arn}", body)
            if verb == "delete":
                return self._request(verb, item, "DELETE", item)
            spec, needs = slot.spec(self._random, f"/meshes/{self.mesh}")
            if all(need in self.content.documents for need in needs):
                return self._put(verb, item, spec, needs, slot.name_member)

    def _choose_verb(self, item):
        if item not in self.content.documents:
            return "create"
        is_needed = any(
            item in needs for of, needs in self._needs.items() if of in self.content.documents
        )
        weights = (6, 0 if is_needed else 3, 1)
        return self._random.choices(("update", "delete", "tag"), weights)[0]

    def _put(self, verb, item, spec, needs, name_member):
        if verb == "update":
            return self._request(verb, item, "PUT", item, {"spec": spec}, needs)
        collection, name = item.rsplit("/", 1)
        body = {name_member: name, "spec": spec}
        return self._request(verb, item, "PUT", collection, body, needs)

    def _request(self, verb, item, method, target, body=None, needs=()):
        return Request(next(self._numbers), verb, item, method, PREFIX + target, body, needs)


class Count:
    """An on_answer that tells when the Nth answer has come."""

    def __init__(self, target):
        self._left = target
        self._lock = threading.Lock()
        self._is_reached = threading.Event()

    def __call__(self):
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._is_reached.set()

    def wait(self):
        assert self._is_reached.wait(PATIENCE_S), "the clients got no answers"


# ---- what a request does ----


def apply(content, request, document):
    arn = content.documents.get(request.item, {}).get("metadata", {}).get("arn")
    if request.verb in ("create", "update"):
        content.documents[request.item] = document
    elif request.verb == "delete":
        del content.documents[request.item]
        content.tags.pop(arn, None)
    else:
        content.tags[arn] = request.body["tags"]


def is_outcome(document, request):
    """True if the request asked for the document's spec."""
    return bool(document and request.body) and document["spec"] == request.body.get("spec")


def follows(document, was):
    """True if the document is one version after what was there."""
    if not was:
        return document["metadata"]["version"] == 1
    kept = ("arn", "createdAt", "uid", "meshOwner", "resourceOwner")
    return document["metadata"]["version"] == was["metadata"]["version"] + 1 and all(
        document["metadata"][member] == was["metadata"][member] for member in kept
    )


def is_after(found, before, request):
    """True if `found` is `before` with the request applied, whose reply nobody saw."""
    document = found.documents.get(request.item)
    if request.verb in ("create", "update") and not (
        is_outcome(document, request) and follows(document, before.documents.get(request.item))
    ):
        return False
    after = before.copy()
    apply(after, request, document)
    return found == after


# ---- judgement ----


def differences(expected, found):
    lines = []
    for what in ("documents", "tags"):
        had, has = getattr(expected, what), getattr(found, what)
        lines += [f"lost: {key}: {had[key]}" for key in had.keys() - has.keys()]
        lines += [f"never acknowledged: {key}: {has[key]}" for key in has.keys() - had.keys()]
        lines += [
            f"changed: {key}\n  acknowledged: {had[key]}\n  found:        {has[key]}"
            for key in had.keys() & has.keys()
            if had[key] != has[key]
        ]
    return lines


def check_mesh(mesh, before, pending, found):
    """What was lost or half done in one mesh: it is `before`, or that with `pending` applied."""
    found = found.of_mesh(mesh)
    if found == before or (pending and is_after(found, before, pending)):
        return []
    return [f"{mesh}, pending: {pending}", *differences(before, found)]


def check(clients, found):
    """What was lost or half done, a line each."""
    lines = [client.failure for client in clients if client.failure]
    for client in clients:
        lines += check_mesh(client.mesh, client.content, client.pending, found)
    meshes = {client.mesh for client in clients}
    strangers = [k for k, d in found.documents.items() if d["meshName"] not in meshes]
    return lines + [f"nobody made {item}" for item in strangers]
