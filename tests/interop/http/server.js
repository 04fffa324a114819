// The HTTP server of ../README.md on Node's http module.
//   server.js PORT KEEP_ALIVE_SECONDS
'use strict';

const crypto = require('crypto');
const http = require('http');

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const pattern = (size) => Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz');

function answer(response, body = '', status = 200, headers = {}) {
  if (status !== 204 && status !== 304) headers['Content-Length'] = Buffer.byteLength(body);
  response.writeHead(status, headers);
  response.end(body);
}

function answerInChunks(response, body, withTrailers = false) {
  if (withTrailers) response.setHeader('Trailer', 'X-Checksum');
  for (let start = 0; start < body.length; start += 10000) {
    response.write(body.subarray(start, start + 10000));
  }
  if (withTrailers) response.addTrailers({'X-Checksum': sha256(body)});
  response.end();
}

function headerLines(request) {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    lines.push(`${request.rawHeaders[i].toLowerCase()}: ${request.rawHeaders[i + 1]}`);
  }
  return lines.join('\n');
}

function serve(request, response, body) {
  const [word, argument] = request.url.slice(1).split('/');
  const handlers = {
    hello: () => answer(response, 'hello from node\n'),
    echo: () => {
      const trailers = Object.entries(request.trailers).map(([name, value]) => `${name}:${value}`);
      response.setHeader('X-Request-Trailers', trailers.join(','));
      if ('content-length' in request.headers || request.httpVersion === '1.0') {
        answer(response, body);
      } else {
        answerInChunks(response, body);
      }
    },
    headers: () => answer(response, headerLines(request)),
    status: () => answer(response, '', Number(argument)),
    bytes: () => answer(response, pattern(Number(argument))),
    chunks: () => answerInChunks(response, pattern(Number(argument))),
    trailers: () => answerInChunks(response, pattern(Number(argument)), true),
    hop: () => answer(response, 'hop\n', 200,
        {'Connection': 'x-hop', 'X-Hop': '1', 'Keep-Alive': 'timeout=1', 'X-End': '2'}),
    close: () => answer(response, 'closing\n', 200, {Connection: 'close'}),
    interim: () => {
      response.writeEarlyHints({link: '</style.css>; rel=preload'});
      answer(response, 'hinted\n');
    },
  };
  (handlers[word] || (() => answer(response, '', 404)))();
}

function receive(request, response) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => serve(request, response, Buffer.concat(parts)));
}

const server = http.createServer(receive);
server.on('checkContinue', (request, response) => {
  if (request.url === '/refuse') return answer(response, '', 413, {Connection: 'close'});
  response.writeContinue();
  receive(request, response);
});
server.keepAliveTimeout = Number(process.argv[3]) * 1000;
server.listen(Number(process.argv[2]), '0.0.0.0');
