// The HTTP client of ../README.md on Node's http module, with a keep-alive Agent.
//   client.js HOST:PORT REQUESTS_FILE
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const TEXT_BYTES_MAX = 2000;
const TIMEOUT_MS = 20000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function parse(line) {
  const [method, path, ...words] = line.split(/\s+/).filter(Boolean);
  const options = {headers: [], trailers: []};
  for (const word of words) {
    const [, key, value] = word.match(/^([^=]*)=?(.*)$/);
    if (key === 'header' || key === 'trailer') {
      const [, name, text] = value.match(/^([^:]*):(.*)$/);
      options[`${key}s`].push([name, text]);
    } else {
      options[key] = value;
    }
  }
  return {method, path, options};
}

function sendBody(request, options) {
  const body = Buffer.alloc(Number(options.body), 'abcdefghijklmnopqrstuvwxyz');
  if ('chunked' in options) {
    for (let start = 0; start < body.length; start += 10000) {
      request.write(body.subarray(start, start + 10000));
    }
    request.addTrailers(options.trailers);
    request.end();
  } else {
    request.end(body);
  }
}

// Sends one request; what came back.
function ask(agent, host, {method, path, options}) {
  return new Promise((resolve, reject) => {
    const result = {interim: []};
    const request = http.request({host: host[0], port: host[1], method, path, agent});
    for (const [name, value] of options.headers) request.setHeader(name, value);
    if ('chunked' in options) {
      request.setHeader('Transfer-Encoding', 'chunked');
      const names = options.trailers.map(([name]) => name);
      if (names.length > 0) request.setHeader('Trailer', names.join(', '));
    } else if ('body' in options) {
      request.setHeader('Content-Length', options.body);
    }
    request.on('information', ({statusCode}) => result.interim.push(statusCode));
    request.on('error', reject);
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('timed out')));
    request.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(parts);
        Object.assign(result, {
          status: response.statusCode,
          version: response.httpVersion,
          headers: response.headers,
          trailers: response.trailers,
          bytes: body.length,
          sha256: crypto.createHash('sha256').update(body).digest('hex'),
          body: body.length <= TEXT_BYTES_MAX ? body.toString('latin1') : '',
          close: response.headers.connection === 'close',
        });
        resolve(result);
        if (result.continued === false) request.destroy();  // Its body will not be sent.
      });
    });
    if ('expect' in options) {
      result.continued = false;
      request.setHeader('Expect', '100-continue');
      request.on('continue', () => {
        result.continued = true;
        sendBody(request, options);
      });
      request.flushHeaders();
    } else if ('body' in options) {
      sendBody(request, options);
    } else {
      request.end();
    }
  });
}

// The requests of one connection.
async function repeat(host, spec, index, count) {
  const agent = new http.Agent({keepAlive: true, maxSockets: 1});
  const {gap = 0, spread = 0, times = 1} = spec.options;
  const pause = Number(gap) + Number(spread) * index / count;
  const outcome = {done: 0, failed: 0, error: ''};
  for (let round = 0; round < Number(times); ++round) {
    if (round > 0 && pause > 0) await sleep(pause);
    try {
      Object.assign(outcome, await ask(agent, host, spec));
      if ([502, 503, 504].includes(outcome.status)) throw new Error(`status ${outcome.status}`);
    } catch (error) {
      ++outcome.failed;
      outcome.error = outcome.error || String(error);
    }
    ++outcome.done;
  }
  agent.destroy();
  return outcome;
}

async function run(host, line) {
  const spec = parse(line);
  const count = Number(spec.options.connections || 1);
  const indexes = Array.from({length: count}, (_, index) => index);
  const results = await Promise.all(indexes.map((index) => repeat(host, spec, index, count)));
  const total = {...results[0]};
  for (const key of ['done', 'failed']) total[key] = results.reduce((sum, r) => sum + r[key], 0);
  total.error = (results.find((result) => result.error) || {error: ''}).error;
  return total;
}

async function main() {
  const host = process.argv[2].split(':');
  for (const line of fs.readFileSync(process.argv[3], 'utf8').split('\n').filter(Boolean)) {
    console.log(JSON.stringify(await run(host, line)));
  }
}

main();
