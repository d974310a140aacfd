#!/usr/bin/env bash
# npm nacos 2.6.3: all configuration clients of a machine that are given a server address work through the first one of
# them, whatever address and namespace they were given.
#
# The first client takes a local TCP port (7777, or NODE_CLUSTER_CLIENT_PORT); every later one, of the same process or
# of another, sends its calls there, and they go out with the first one's settings. So an application that reads from
# two servers, or from two namespaces, gets both from one. For a server, one such client stands for many applications,
# and a report that an item came from the wrong namespace may be right though every answer was.
#
# Needs: node, npm and its registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund nacos@2.6.3 >/dev/null
export HOME=$work # the client keeps its snapshots there
cat > reader.js <<'JS'
const { NacosConfigClient } = require('nacos');

exports.read = async (serverAddr, namespace) => {
  const client = new NacosConfigClient({ serverAddr, namespace });
  await client.ready();
  return client.getConfig('probe', 'DEFAULT_GROUP');
};
if (require.main === module) {
  exports.read(process.argv[2], process.argv[3]).then((content) => {
    process.stdout.write(content, () => process.exit(0));
  });
}
JS
cat > probe.js <<'JS'
const { execFile } = require('child_process');
const http = require('http');
const { promisify } = require('util');

setTimeout(() => { console.log('no answer within 30 s'); process.exit(1); }, 30000).unref();

const serve = (name) => new Promise((resolve) => {
  const server = http.createServer((request, response) => {
    const tenant = new URL(request.url, 'http://localhost').searchParams.get('tenant');
    response.end(`from server ${name}, namespace ${tenant}`);
  });
  server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${server.address().port}`));
});

const freePort = () => new Promise((resolve) => {
  const server = http.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

(async () => {
  const [a, b] = [await serve('A'), await serve('B')];
  process.env.NODE_CLUSTER_CLIENT_PORT = await freePort(); // in place of 7777, which may be in use
  const { read } = require('./reader'); // the variable is read as the package is loaded
  console.log(`client of A, blue:                   ${await read(a, 'blue')}`);
  console.log(`client of B, green, same process:    ${await read(b, 'green')}`);
  const other = (env) => promisify(execFile)(process.execPath, ['reader.js', b, 'green'], { env });
  console.log(`client of B, green, another process: ${(await other(process.env)).stdout}`);
  const apart = { ...process.env, NODE_CLUSTER_CLIENT_PORT: await freePort() };
  console.log(`the same with a port of its own:     ${(await other(apart)).stdout}`);
  process.exit(0);
})();
JS
node probe.js | tee seen
diff seen - <<'EXPECTED'
client of A, blue:                   from server A, namespace blue
client of B, green, same process:    from server A, namespace blue
client of B, green, another process: from server A, namespace blue
the same with a port of its own:     from server B, namespace green
EXPECTED
