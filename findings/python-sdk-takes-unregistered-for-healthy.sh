#!/usr/bin/env bash
# PyPI nacos-sdk-python 2.0.11: a health check that is answered by ErrorResponse 301 (connection is unregistered) counts
# as passed. After a quick restart of the server the client stays on a connection that the new process does not know.
#
# gRPC's channel reconnects by itself, so the client does not see the restart: the end of its stream is not watched, and
# every error code from 300 to 399 is taken for "not ready yet". No new stream is opened, the instance is not registered
# again and no push arrives, for as long as the application only waits. The same answer with code 500 does bring it
# back. (So does 301 to any other request: it is only the health check that takes it so.)
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
from v2.nacos import ClientConfigBuilder, NacosNamingService, RegisterInstanceParam


class Process(services.RequestServicer, services.BiRequestStreamServicer):
    """One run of a server: it knows the connections that were set up with it, and refuses the others."""

    def __init__(self, port, refusal):
        self.refusal, self.known, self.seen = refusal, False, []
        self.server = grpc.server(futures.ThreadPoolExecutor(8))
        services.add_RequestServicer_to_server(self, self.server)
        services.add_BiRequestStreamServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        self.server.start()

    def request(self, message, context):
        kind = message.metadata.type
        self.seen.append(kind)
        answer = messages.Payload()
        if self.known or kind == "ServerCheckRequest":
            answer.metadata.type = kind.replace("Request", "Response")
            body = {"resultCode": 200, "connectionId": "1_127.0.0.1_1"}
        else:
            answer.metadata.type = "ErrorResponse"
            body = {"resultCode": 500, "errorCode": self.refusal, "message": "Connection is unregistered."}
        answer.body.value = json.dumps(body).encode()
        return answer

    def requestBiStream(self, incoming, context):
        for message in incoming:
            self.seen.append(message.metadata.type)
            self.known = True
        yield from ()


async def until(condition):
    while not condition():
        await asyncio.sleep(0.05)


async def drive(refusal):
    before = Process(0, refusal)
    settings = ClientConfigBuilder().server_address(f"127.0.0.1:{before.port - 1000}").log_dir("log").build()
    settings.cache_dir = "cache"
    settings.grpc_config.port_offset = 1000
    naming = await NacosNamingService.create_naming_service(settings)
    instance = RegisterInstanceParam(service_name="probe", ip="127.0.0.1", port=1)
    await naming.register_instance(instance)
    await asyncio.to_thread(before.server.stop(0).wait)
    after = Process(before.port, refusal)
    await until(lambda: after.known or after.seen.count("HealthCheckRequest") == 3)
    came_back = "sets up a connection" if after.known else "stays as it is"
    print(f"refused with {refusal}: {after.seen.count('HealthCheckRequest')} health checks, then {came_back}")
    if not after.known:
        await asyncio.gather(naming.register_instance(instance), return_exceptions=True)
        await until(lambda: after.known)
        print("  a request of the application, refused alike: sets up a connection")


asyncio.run(asyncio.wait_for(drive(int(sys.argv[1])), 90))
sys.stdout.flush()
os._exit(0)  # the client's threads need not be waited for
PY
for refusal in 301 500; do
    venv/bin/python probe.py $refusal 2>errors || { cat errors; exit 1; }
done | tee seen
diff seen - <<'EXPECTED'
refused with 301: 3 health checks, then stays as it is
  a request of the application, refused alike: sets up a connection
refused with 500: 1 health checks, then sets up a connection
EXPECTED
