"""A gRPC client that finds its servers by xDS, and the servers themselves.

Arguments: what to dial, and the number of servers. Prints `STEP PORT PORT ...` with the ports of the servers. Each line
`CALL n` of its input makes n calls and prints `STEP {...}`: how many calls were answered by which port, or ended with
which status. It ends when its input does.
"""

import collections
import json
import sys
from concurrent import futures

import grpc

METHOD = "/navaid.test.Backend/Who"
# Longer than the 15 s for which a client waits for a resource that does not come.
CALL_SECONDS = 20


class Who(grpc.GenericRpcHandler):
    """Answers with the port of its server."""

    def __init__(self):
        self.port = b""

    def service(self, details):
        if details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self.port)


def serve():
    who = Who()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), handlers=(who,))
    port = server.add_insecure_port("127.0.0.1:0")
    who.port = str(port).encode()
    server.start()
    return server, port


def call(stub):
    try:
        return stub(b"", timeout=CALL_SECONDS).decode()
    except grpc.RpcError as error:
        # The details name the reason where a resource was refused.
        print(error.code().name, error.details(), flush=True)
        return error.code().name


def main():
    target, count = sys.argv[1], int(sys.argv[2])
    servers = [serve() for _ in range(count)]
    print("STEP", *(port for _, port in servers), flush=True)
    channel = grpc.insecure_channel(target)
    stub = channel.unary_unary(METHOD)
    for line in sys.stdin:
        calls = int(line.split()[1])
        counts = collections.Counter(call(stub) for _ in range(calls))
        print("STEP", json.dumps(counts), flush=True)
    channel.close()
    for server, _ in servers:
        server.stop(None)


main()
