// The client script of tests/clients/README.md with the official Node SDK.
'use strict';

const { EventEmitter, once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { isDeepStrictEqual } = require('node:util');
const { NacosConfigClient, NacosNamingClient } = require('nacos');

const GROUP = 'clients';
const SERVICE = 'orders';
const DATA_ID = 'greeting';
const SELF = '10.1.0.1:7001';
const NEIGHBOUR = '10.1.0.2:7002';
const INSTANCE = { ip: '10.1.0.1', port: 7001, weight: 2, metadata: { zone: 'west' } };

/** The newest value that a callback brought; waiting has no limit here, the runner keeps the time. */
class Observed extends EventEmitter {
  constructor(name) {
    super();
    this.name = name;
    this.value = undefined;
  }

  set(value) {
    console.log('%s is now %j', this.name, value);
    this.value = value;
    this.emit('change');
  }

  async waitFor(wanted) {
    while (!isDeepStrictEqual(this.value, wanted)) await once(this, 'change');
  }
}

class Client {
  constructor(server) {
    // Warnings and errors only: they explain a failure, the rest is a line per beat and poll.
    const logger = { debug() {}, info() {}, warn: console.warn, error: console.error };
    this.naming = new NacosNamingClient({ serverList: server, namespace: 'public', logger });
    this.config = new NacosConfigClient({
      serverAddr: server,
      cacheDir: path.join(process.env.HOME, 'cache'),
    });
    for (const sdk of [this.naming, this.config]) sdk.on('error', err => console.warn('SDK error:', err.message));
    this.view = new Observed('view');
    this.text = new Observed('config');
  }

  async runThrough() {
    await this.naming.ready();
    await this.config.ready();
    await this.naming.registerInstance(SERVICE, INSTANCE, GROUP);
    await step('registered');
    await this.discover();
    await step('discovered');
    this.naming.subscribe({ serviceName: SERVICE, groupName: GROUP }, hosts => this.view.set(addresses(hosts)));
    await step('subscribed');
    await this.view.waitFor([SELF, NEIGHBOUR]);
    await step('neighbour-seen');
    await this.view.waitFor([SELF]);
    await step('neighbour-gone');

    await this.publish('first é 一');
    await step('published');
    const content = await this.config.getConfig(DATA_ID, GROUP);
    check(content === 'first é 一', content);
    await step('read');
    this.config.subscribe({ dataId: DATA_ID, group: GROUP }, text => this.text.set(text));
    await step('listening');
    await this.text.waitFor('second é 一');
    await step('change-seen');
    await this.remove();
    await this.text.waitFor(null);
    const absent = await this.config.getConfig(DATA_ID, GROUP);
    check(absent === null, absent);
    await step('removed');
    await this.deregister();
  }

  async surviveRestart() {
    await this.naming.registerInstance(SERVICE, INSTANCE, GROUP);
    await this.publish('third é 一');
    await this.text.waitFor('third é 一');
    await step('ready-for-restart');

    await this.text.waitFor('fourth é 一');
    await this.view.waitFor([SELF, NEIGHBOUR]);
    await step('recovered');
    await this.publish('fifth é 一');
    await this.text.waitFor('fifth é 一');
    await step('republished');
    await this.remove();
    await step('removed');
    await this.deregister();
  }

  async discover() {
    const hosts = await this.naming.getAllInstances(SERVICE, GROUP, '', false);
    check(isDeepStrictEqual(addresses(hosts), [SELF]), hosts);
    const own = hosts[0];
    check(own.weight === 2 && own.healthy && own.metadata.zone === 'west', own);
  }

  async publish(content) {
    check(await this.config.publishSingle(DATA_ID, GROUP, content), content);
  }

  async remove() {
    check(await this.config.remove(DATA_ID, GROUP), DATA_ID);
  }

  async deregister() {
    await this.naming.deregisterInstance(SERVICE, INSTANCE, GROUP);
    await step('deregistered');
  }
}

function addresses(hosts) {
  return hosts.map(host => `${host.ip}:${host.port}`).sort();
}

function check(holds, what) {
  if (!holds) throw new Error(`not as expected: ${JSON.stringify(what)}`);
}

const words = readline.createInterface({ input: process.stdin });
// The end of the input is the end of the runner, and so of this program.
words.on('close', () => process.exit(1));

/** Claims a step and waits for the runner to have checked it and done its own part. */
async function step(name) {
  const heard = once(words, 'line');
  console.log(`STEP ${name}`);
  await heard;
}

async function main() {
  const client = new Client(process.env.NAVAID_SERVER);
  await client.runThrough();
  await client.surviveRestart();
}

main().then(
  () => process.exit(0),
  err => {
    console.error(err);
    process.exit(1);
  },
);
