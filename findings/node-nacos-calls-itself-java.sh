#!/usr/bin/env bash
# npm nacos 2.6.3: the naming client announces itself as Nacos-Java-Client:v1.0.0, the configuration client as
# nodejs-diamond-client/2.6.3.
#
# A server that decides by the announced language or version what a client understands takes a Node process for a Java
# client of 2018. The two halves of one package do not agree on who they are either.
#
# Needs: node, npm and its registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund nacos@2.6.3 >/dev/null
cat > probe.js <<'JS'
const http = require('http');
const { NacosNamingClient, NacosConfigClient } = require('nacos');

const seen = {};
const server = http.createServer((request, response) => {
  const part = request.url.includes('/cs/') ? 'configuration' : 'naming';
  seen[part] ??= `user-agent=${request.headers['user-agent']} client-version=${request.headers['client-version']}`;
  response.end(part === 'naming' ? 'ok' : '');
});
server.listen(0, '127.0.0.1', async () => {
  const address = `127.0.0.1:${server.address().port}`;
  const silent = { info() {}, warn() {}, error() {}, debug() {} };
  const naming = new NacosNamingClient({ logger: silent, serverList: address, namespace: 'public' });
  await naming.ready();
  await naming.registerInstance('probe', { ip: '127.0.0.1', port: 1 });
  const configuration = new NacosConfigClient({ serverAddr: address, namespace: '' });
  await configuration.ready().catch(() => {});
  await configuration.getConfig('probe', 'DEFAULT_GROUP').catch(() => {});
  for (const part of ['naming', 'configuration']) console.log(`${part}: ${seen[part]}`);
  process.exit(0);
});
setTimeout(() => { console.log('no answer within 30 s'); process.exit(1); }, 30000).unref();
JS
node probe.js | tee seen
grep -qF 'naming: user-agent=Nacos-Java-Client:v1.0.0 client-version=Nacos-Java-Client:v1.0.0' seen
grep -qF 'client-version=nodejs-diamond-client/2.6.3' seen
