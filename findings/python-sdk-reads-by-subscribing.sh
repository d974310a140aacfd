#!/usr/bin/env bash
# PyPI nacos-sdk-python 2.0.11: list_instances(subscribe=False) subscribes, and the client announces itself as
# Nacos-Python-Client:v2.0.0.
#
# A server sees no plain query from such a client: every service that it ever read stays subscribed for as long as
# the connection lives, and each change is pushed to it. So subscriptions cannot be counted as interest, and must be
# cheap. The announced version does not follow the package's, so it does not tell which client does this.
#
# Needs: python3 with venv, PyPI.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nacos-sdk-python==2.0.11
cat > probe.py <<'PY'
import asyncio
import json
import os
import sys
from concurrent import futures

import grpc
import v2.nacos.transport.grpcauto.nacos_grpc_service_pb2 as messages
import v2.nacos.transport.grpcauto.nacos_grpc_service_pb2_grpc as services
from v2.nacos import ClientConfigBuilder, ListInstanceParam, NacosNamingService

seen = {}


def note(message):
    kind = message.metadata.type
    seen.setdefault(kind, json.loads(message.body.value or b"{}"))
    return kind


class Unary(services.RequestServicer):
    def request(self, message, context):
        kind = note(message)
        body = {"resultCode": 200, "success": True, "connectionId": "1_127.0.0.1_1"}
        answer = messages.Payload()
        answer.metadata.type = kind.replace("Request", "Response")
        if kind == "SubscribeServiceRequest":
            body["serviceInfo"] = {"name": "probe", "groupName": "DEFAULT_GROUP", "clusters": "", "hosts": []}
        answer.body.value = json.dumps(body).encode()
        return answer


class Stream(services.BiRequestStreamServicer):
    def requestBiStream(self, incoming, context):
        for message in incoming:
            note(message)
        yield from ()


async def drive(port):
    settings = ClientConfigBuilder().server_address(f"127.0.0.1:{port - 1000}").log_dir("log").build()
    settings.cache_dir = "cache"
    settings.grpc_config.port_offset = 1000
    naming = await NacosNamingService.create_naming_service(settings)
    question = ListInstanceParam(service_name="probe", subscribe=False, healthy_only=None)
    await naming.list_instances(question)


server = grpc.server(futures.ThreadPoolExecutor(8))
services.add_RequestServicer_to_server(Unary(), server)
services.add_BiRequestStreamServicer_to_server(Stream(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
asyncio.run(asyncio.wait_for(drive(port), 30))
print("announces", seen["ConnectionSetupRequest"]["clientVersion"])
print("reads with", *(f"{kind} subscribe={seen[kind].get('subscribe')}" for kind in seen if "Service" in kind))
sys.stdout.flush()
os._exit(0)  # the client's threads need not be waited for
PY
venv/bin/python probe.py >out 2>errors || { cat out errors; exit 1; }
cat out
grep -qx 'announces Nacos-Python-Client:v2.0.0' out
grep -qx 'reads with SubscribeServiceRequest subscribe=True' out
