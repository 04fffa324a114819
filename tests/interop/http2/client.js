// The HTTP/2 client of ../README.md on Node's http2 module; cleartext, prior knowledge.
//   client.js HOST:PORT
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const {once} = require('events');
const http2 = require('http2');

const PATIENCE_MS = 15000;
const CANCEL = http2.constants.NGHTTP2_CANCEL;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

const session = http2.connect(`http://${process.argv[2]}`);

// Sends a request; its stream, with the promise of all that comes back as `done`.
function start(path, headers = {}, body = null, trailers = null) {
  const stream = session.request({':path': path, ':method': body ? 'POST' : 'GET', ...headers},
      {endStream: !body, waitForTrailers: trailers !== null});
  const seen = {interim: []};
  const parts = [];
  stream.on('headers', (head) => seen.interim.push(head[':status']));
  stream.on('response', (head) => seen.headers = head);
  stream.on('trailers', (last) => seen.trailers = last);
  stream.on('data', (part) => parts.push(part));
  stream.on('error', () => {});
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  if (body) stream.end(body);
  stream.done = new Promise((resolve) => stream.on('close', resolve)).then(() => {
    seen.body = Buffer.concat(parts);
    seen.code = stream.rstCode;
    return seen;
  });
  return stream;
}

const ask = (...request) => start(...request).done;
const facts = async (...request) => JSON.parse((await ask(...request)).body.toString());

const cases = {
  async headers() {
    const {headers} = await facts('/facts?a=b&c=%2F', {'x-mine': 'yes', 'cookie': ['a=1', 'b=2']});
    assert.strictEqual(headers[':path'], '/facts?a=b&c=%2F');
    assert.strictEqual(headers[':authority'], process.argv[2]);
    assert.strictEqual(headers[':scheme'], 'http');
    assert.strictEqual(headers['x-mine'], 'yes');
    assert.strictEqual(headers.cookie, 'a=1; b=2');
  },
  async many_streams_of_one_session() {
    const all = await Promise.all(Array.from({length: 200}, () => ask('/bytes/10000')));
    for (const seen of all) assert.strictEqual(sha256(seen.body), seen.headers['x-checksum']);
  },
  async large_response() {
    const seen = await ask('/bytes/8000000');
    assert.strictEqual(seen.body.length, 8000000);
    assert.strictEqual(sha256(seen.body), seen.headers['x-checksum']);
  },
  async large_echo() {
    const body = Buffer.alloc(4000000, 'all sorts of bytes');
    const seen = await ask('/echo', {}, body);
    assert(body.equals(seen.body));
    assert.strictEqual(seen.trailers['x-checksum'], sha256(body));
  },
  async trailers_both_ways() {
    const seen = await ask('/echo', {}, Buffer.from('hello'), {'x-request-trailer': 'mine'});
    assert.strictEqual(seen.body.toString(), 'hello');
    assert.strictEqual(seen.trailers['x-request-trailer'], 'mine');
    assert.strictEqual(seen.trailers['x-checksum'], sha256(Buffer.from('hello')));
  },
  async interim_response() {
    assert.deepStrictEqual((await ask('/hints')).interim, [103]);
  },
  async server_resets_after_a_beginning() {
    const stream = start('/begin');
    await once(stream, 'data');
    await ask('/break');
    const seen = await stream.done;
    assert.strictEqual(seen.headers[':status'], 200);
    assert.strictEqual(seen.code, http2.constants.NGHTTP2_INTERNAL_ERROR);
  },
  async server_resets_before_a_response() {
    for (const code of [CANCEL, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM]) {
      const seen = await ask(`/refuse/${code}`);
      assert.strictEqual(seen.headers, undefined);
      assert.strictEqual(seen.code, code);
    }
  },
  async client_resets() {
    const before = (await facts('/facts')).aborted;
    const stream = start('/wait', {}, null);
    await once(stream, 'response');
    stream.close(CANCEL);
    for (let round = 0; round < 200; ++round) {
      if ((await facts('/facts')).aborted === before + 1) return;
      await sleep(20);
    }
    assert.fail('the server was not told of the reset');
  },
  async slow_reader_holds_up_nobody() {
    const slow = start('/bytes/4000000');
    await once(slow, 'response');
    slow.pause();
    for (let round = 0; round < 20; ++round) await facts('/facts');
    slow.resume();
    assert.strictEqual((await slow.done).body.length, 4000000);
  },
  async ping() {
    await new Promise((resolve, reject) => {
      session.ping((error) => error ? reject(error) : resolve());
    });
  },
  async server_goes_away() {
    for (let round = 0; round < 5; ++round) {
      assert.strictEqual((await ask('/goaway')).headers[':status'], 200);
      for (let more = 0; more < 5; ++more) {
        assert.strictEqual((await ask('/facts')).headers[':status'], 200);
      }
    }
    assert(!session.closed, 'the client still has its own session');
  },
};

async function main() {
  await once(session, 'connect');
  for (const [name, run] of Object.entries(cases)) {
    let error = '';
    const late = sleep(PATIENCE_MS).then(() => assert.fail('timed out'));
    await Promise.race([run(), late]).catch((failure) => error = String(failure));
    console.log(JSON.stringify({case: name, error}));
  }
  process.exit(0);
}

main();
