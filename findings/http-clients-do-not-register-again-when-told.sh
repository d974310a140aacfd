#!/usr/bin/env bash
# npm nacos 2.6.3 and PyPI nacos-sdk-python 1.0.0: a beat that is answered by code 20404 (no such instance, register
# again) is followed by the next beat, not by a registration. Both go on sending full beats to a server that allows
# light ones ("lightBeatEnabled":true).
#
# nacos-client 1.4.8 (Java) registers at once. A server that restarts empty, or that dropped an instance in a long
# pause, and then waits for the registration that it asked for, never lists these instances again; the process itself
# sees no error. What brings them back is in the beat: it says what instance it is of.
#
# Needs: node, npm and its registry; python3 with venv, PyPI.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund nacos@2.6.3 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nacos-sdk-python==1.0.0
export HOME=$work # the clients keep logs and snapshots there
cat > client.js <<'JS'
const { NacosNamingClient } = require('nacos');

(async () => {
  const silent = { info() {}, warn() {}, error() {}, debug() {} };
  const naming = new NacosNamingClient({ logger: silent, serverList: process.argv[2], namespace: 'public' });
  await naming.ready();
  await naming.registerInstance('probe', { ip: '127.0.0.1', port: 1 });
})();
JS
cat > client.py <<'PY'
import sys
import time

import nacos

naming = nacos.NacosClient(sys.argv[1])
naming.add_naming_instance("probe", "127.0.0.1", 1, heartbeat_interval=1)
time.sleep(60)
PY
cat > probe.py <<'PY'
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BEATS = 5
seen, enough = [], threading.Event()


class Server(BaseHTTPRequestHandler):
    def answer(self):
        url = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        given = parse_qs(url.query) | parse_qs(form)
        body = "ok"
        if url.path.endswith("/instance") and self.command == "POST":
            seen.append("register")
        elif url.path.endswith("/instance/beat"):
            full = json.loads(given["beat"][0]) if "beat" in given else {}
            seen.append("full beat" if {"serviceName", "ip", "port"} <= full.keys() else "light beat")
            body = json.dumps({"code": 20404, "clientBeatInterval": 500, "lightBeatEnabled": True})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
        if sum("beat" in what for what in seen) >= BEATS:
            enough.set()

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = subprocess.Popen([*sys.argv[1:], f"127.0.0.1:{server.server_port}"])
try:
    if not enough.wait(45):
        sys.exit(f"fewer than {BEATS} beats within 45 s: {seen}")
finally:
    client.kill()
    client.wait()
first, *later = seen[:BEATS + 1]
print(f"{sys.argv[1]}: {first}, then {len(later)} times {' and '.join(sorted(set(later)))}")
PY
for client in 'node client.js' 'venv/bin/python client.py'; do
    # shellcheck disable=SC2086 # a command and its argument
    venv/bin/python probe.py $client 2>errors || { cat errors; exit 1; }
done | tee seen
diff seen - <<'EXPECTED'
node: register, then 5 times full beat
venv/bin/python: register, then 5 times full beat
EXPECTED
