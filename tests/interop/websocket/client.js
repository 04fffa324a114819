// The WebSocket client of ../README.md on the library ws.
//   client.js ws://HOST:PORT
'use strict';

const assert = require('assert');
const {once} = require('events');
const WebSocket = require('ws');

const PATIENCE_MS = 15000;
const LARGE = Buffer.alloc(2 << 20, 'all sorts of bytes');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function connect(path, protocols = [], options = {}) {
  const socket = new WebSocket(process.argv[2] + path, protocols,
      {perMessageDeflate: false, maxPayload: 0, ...options});
  socket.inbox = [];
  socket.on('message', (data, binary) => socket.inbox.push(binary ? data : data.toString()));
  socket.closed = once(socket, 'close');
  await once(socket, 'open');
  return socket;
}

async function receive(socket) {
  while (socket.inbox.length === 0) await once(socket, 'message');
  return socket.inbox.shift();
}

const cases = {
  async text() {
    const socket = await connect('/echo');
    for (const message of ['hello', '', '\u263a \u{1f608}']) {
      socket.send(message);
      assert.strictEqual(await receive(socket), message);
    }
    socket.close();
  },
  async binary() {
    const socket = await connect('/echo');
    for (const message of [Buffer.from([0, 255]), LARGE]) {
      socket.send(message);
      assert(message.equals(await receive(socket)));
    }
    socket.close();
  },
  async fragmented() {
    const socket = await connect('/echo');
    for (const part of ['one ', 'two ', '']) socket.send(part, {fin: false});
    socket.send('three', {fin: true});
    assert.strictEqual(await receive(socket), 'one two three');
    socket.close();
  },
  async many() {
    const socket = await connect('/echo');
    for (let number = 0; number < 500; ++number) socket.send(String(number));
    for (let number = 0; number < 500; ++number) {
      assert.strictEqual(await receive(socket), String(number));
    }
    socket.close();
  },
  async ping() {
    const socket = await connect('/echo');
    socket.ping('are you there');
    const [answer] = await once(socket, 'pong');
    assert.strictEqual(answer.toString(), 'are you there');
    socket.close();
  },
  async server_speaks_first() {
    const socket = await connect('/push/50');
    const [code] = await socket.closed;
    assert.strictEqual(code, 1000);
    assert.deepStrictEqual(socket.inbox, Array.from({length: 50}, (_, number) => String(number)));
  },
  async server_closes() {
    for (const sent of [1000, 1001, 1011, 4001]) {
      const socket = await connect(`/close/${sent}`);
      const [code, reason] = await socket.closed;
      assert.deepStrictEqual([code, reason.toString()], [sent, 'bye']);
    }
  },
  async client_closes() {
    const socket = await connect('/echo');
    socket.send('hello');
    await receive(socket);
    socket.close(4002, 'enough');
    assert.strictEqual((await socket.closed)[0], 4002);
    let seen;
    for (let round = 0; round < 100; ++round) {
      const asker = await connect('/last-close');
      seen = await receive(asker);
      asker.close();
      if (seen === '4002 enough') return;
      await sleep(50);
    }
    assert.strictEqual(seen, '4002 enough');
  },
  async subprotocol() {
    const socket = await connect('/echo', ['other', 'chat']);
    assert.strictEqual(socket.protocol, 'chat');
    socket.close();
  },
  async compressed() {
    const socket = await connect('/echo', [], {perMessageDeflate: true});
    assert.match(socket.extensions, /permessage-deflate/);
    socket.send('x'.repeat(1000000));
    assert(await receive(socket) === 'x'.repeat(1000000));
    socket.close();
  },
};

async function main() {
  for (const [name, run] of Object.entries(cases)) {
    let error = '';
    const late = sleep(PATIENCE_MS).then(() => assert.fail('timed out'));
    await Promise.race([run(), late]).catch((failure) => error = String(failure));
    console.log(JSON.stringify({case: name, error}));
  }
  process.exit(0);
}

main();
