#!/usr/bin/env bash
# npm nacos 2.6.3: a configuration client that is refused (403) asks again at once, hundreds of times a second, until its
# request timeout is over; the pauses between its calls are as long as the server takes to answer.
#
# One `getConfig` is meant to be one request. Here it becomes as many as fit into `requestTimeout`, each on a connection
# of its own, and nothing that a server can say ends it: only the time that an answer takes makes it slower. A server
# that refuses quickly is asked thousands of times by one wrong password.
#
# Needs: node, npm and its registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund nacos@2.6.3 >/dev/null
export HOME=$work # the client keeps its snapshots there
cat > probe.js <<'JS'
const { execFile } = require('child_process');
const http = require('http');

setTimeout(() => { console.log('no answer within 60 s'); process.exit(1); }, 60000).unref();

const freePort = () => new Promise((resolve) => {
  const server = http.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// Refuses every request after that many milliseconds; counts requests and connections.
const refusing = (pause) => new Promise((resolve) => {
  const seen = { requests: 0, connections: 0 };
  const server = http.createServer((request, response) => {
    seen.requests += 1;
    setTimeout(() => { response.statusCode = 403; response.end('no'); }, pause);
  });
  server.on('connection', () => { seen.connections += 1; });
  server.listen(0, '127.0.0.1', () => resolve({ seen, address: `127.0.0.1:${server.address().port}` }));
});

(async () => {
  for (const pause of [0, 1000]) {
    process.env.NODE_CLUSTER_CLIENT_PORT = await freePort(); // clients share the server of the first one otherwise
    const { seen, address } = await refusing(pause);
    const code = `
      const { NacosConfigClient } = require('nacos');
      (async () => {
        const client = new NacosConfigClient({ serverAddr: '${address}', requestTimeout: 4000 });
        await client.ready();
        try { await client.getConfig('probe', 'DEFAULT_GROUP'); console.log('answered'); }
        catch (error) { console.log('refused'); }
        process.exit(0);
      })();`;
    const outcome = await new Promise((resolve) => {
      execFile(process.execPath, ['-e', code], { env: process.env }, (_, stdout) => resolve(stdout.trim()));
    });
    const { requests, connections } = seen;
    const many = requests > 10 ? 'many' : 'few'; // 857 and 4 on two idle cores
    console.error(`(${requests} requests on ${connections} connections)`);
    const apart = connections >= requests ? 'each on a connection of its own' : `on ${connections} connections`;
    console.log(`one getConfig, refused after ${pause} ms: ${outcome}, ${many} requests in 4 s, ${apart}`);
  }
  process.exit(0);
})();
JS
node probe.js | tee seen
diff seen - <<'EXPECTED'
one getConfig, refused after 0 ms: refused, many requests in 4 s, each on a connection of its own
one getConfig, refused after 1000 ms: refused, few requests in 4 s, each on a connection of its own
EXPECTED
