// The HTTP/2 server of ../README.md on Node's http2 module; cleartext, prior knowledge.
//   server.js PORT
'use strict';

const crypto = require('crypto');
const http2 = require('http2');

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

let aborted = 0;
let begun = null;  // A response that /break will not let end.

function echo(stream) {
  const hash = crypto.createHash('sha256');
  let requestTrailer = '';
  stream.on('trailers', (trailers) => requestTrailer = trailers['x-request-trailer'] || '');
  stream.respond({':status': 200}, {waitForTrailers: true});
  stream.on('data', (part) => {
    hash.update(part);
    if (!stream.write(part)) {
      stream.pause();
      stream.once('drain', () => stream.resume());
    }
  });
  stream.on('end', () => stream.end());
  stream.on('wantTrailers', () => {
    stream.sendTrailers({'x-checksum': hash.digest('hex'), 'x-request-trailer': requestTrailer});
  });
}

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  const [word, argument] = headers[':path'].slice(1).split('/');
  stream.on('error', () => {});
  if (word === 'echo') return echo(stream);
  if (word === 'bytes') {
    const body = Buffer.alloc(Number(argument), 'abcdefghijklmnopqrstuvwxyz');
    stream.respond({':status': 200, 'x-checksum': sha256(body), 'content-length': body.length});
    return stream.end(body);
  }
  if (word === 'wait') {
    stream.on('aborted', () => ++aborted);
    return stream.respond({':status': 200});
  }
  if (word === 'begin') {
    begun = stream;
    stream.respond({':status': 200});
    return stream.write('a beginning');
  }
  // close() would end the stream well before it resets it; an error resets it alone.
  if (word === 'break') begun.destroy(new Error('on purpose'));
  if (word === 'refuse') return stream.close(Number(argument));
  if (word === 'hints') stream.additionalHeaders({':status': 103, 'link': '</style.css>'});
  stream.respond({':status': 200, 'content-type': 'application/json'});
  stream.end(JSON.stringify({headers, aborted}));
  if (word === 'goaway') stream.session.close();
});
server.listen(Number(process.argv[2]), '0.0.0.0');
