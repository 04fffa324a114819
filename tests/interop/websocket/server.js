// The WebSocket server of ../README.md on the library ws.
//   server.js PORT
'use strict';

const {WebSocketServer} = require('ws');

let lastClose = 'none';

const server = new WebSocketServer({
  port: Number(process.argv[2]),
  host: '0.0.0.0',
  maxPayload: 0,
  perMessageDeflate: true,
  handleProtocols: (offered) => offered.has('chat') ? 'chat' : false,
});

server.on('connection', (socket, request) => {
  const [word, argument] = request.url.slice(1).split('/');
  if (word === 'close') {
    socket.close(Number(argument), 'bye');
  } else if (word === 'push') {
    for (let number = 0; number < Number(argument); ++number) socket.send(String(number));
    socket.close(1000);
  } else if (word === 'last-close') {
    socket.send(lastClose);
  } else {
    socket.on('message', (data, binary) => socket.send(data, {binary}));
    socket.on('close', (code, reason) => lastClose = `${code} ${reason}`);
  }
});
