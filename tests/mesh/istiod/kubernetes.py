"""A Kubernetes API that has nothing, so that istiod starts without a cluster. The argument is its port.

istiod lists and watches what it knows of and must be told of each list that it is empty, with the right kind: otherwise
it never becomes ready. Watches stay open and silent. What istiod writes (leases, config maps) is given back to it.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Plural names whose kind is not the name without its "s".
KINDS = {
    "endpointslices": "EndpointSlice",
    "ingresses": "Ingress",
    "ingressclasses": "IngressClass",
    "configmaps": "ConfigMap",
    "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
    "customresourcedefinitions": "CustomResourceDefinition",
}
NEVER = threading.Event()


def kind_of(plural):
    return KINDS.get(plural, plural.removesuffix("s").capitalize())


def refusal(code, reason):
    return {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Silent: istiod asks often."""

    def answer(self, code, body):
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hold(self):
        """A watch: its head is sent, and then nothing."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        NEVER.wait()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")
        if parts == ["version"]:
            return self.answer(200, {"major": "1", "minor": "34", "gitVersion": "v1.34.0"})
        # /api/VERSION/... and /apis/GROUP/VERSION/..., each with or without namespaces/NAME before the resource.
        version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        if len(rest) > 2 and rest[0] == "namespaces":
            rest = rest[2:]
        if "sendInitialEvents=true" in query:
            # The client then lists, as it did before there were streams of lists.
            return self.answer(422, refusal(422, "Invalid"))
        if "watch=true" in query:
            return self.hold()
        if len(rest) != 1:
            return self.answer(404, refusal(404, "NotFound"))
        kind = kind_of(rest[0])
        if "PartialObjectMetadataList" in self.headers.get("Accept", ""):
            kind, version = "PartialObjectMetadata", "meta.k8s.io/v1"
        listed = {"apiVersion": version, "kind": f"{kind}List", "metadata": {"resourceVersion": "1"}, "items": []}
        return self.answer(200, listed)

    def write(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            written = json.loads(content)
            written["metadata"]["resourceVersion"] = "2"
        except (ValueError, KeyError, TypeError):
            # Protobuf, or something that has no metadata.
            return self.answer(403, refusal(403, "Forbidden"))
        return self.answer(201 if self.command == "POST" else 200, written)

    do_POST = do_PUT = do_PATCH = write


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


Server(("127.0.0.1", int(sys.argv[1])), Api).serve_forever()
