#!/bin/sh
# pg 8.23.1: where the server asks for SCRAM and the connection string has no password, connect() rejects and leaves its
# socket open. Nothing of the program refers to it any more, but Node goes on for as long as the server waits, 60 seconds by
# default (authentication_timeout). Exits with 0 while that is so. The server here closes the socket itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1
cat >look.mjs <<'END'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import pg from 'pg';

const { version } = JSON.parse(readFileSync('node_modules/pg/package.json', 'utf8'));
console.log(`pg ${version}, Node ${process.version}`);

/** As much of a PostgreSQL server as is met before the password. */
function authentication(kind, body) {
  const message = Buffer.alloc(9);
  message.write('R');
  message.writeInt32BE(8 + body.length, 1);
  message.writeInt32BE(kind, 5);
  return Buffer.concat([message, Buffer.from(body)]);
}
let socket;
const server = createServer((accepted) => {
  socket = accepted;
  socket.once('data', () => {
    socket.write(authentication(10, 'SCRAM-SHA-256\0\0'));
    socket.once('data', (answer) => {
      const nonce = /r=(.+)$/.exec(answer.toString())[1];
      socket.write(authentication(11, `r=${nonce}more,s=${Buffer.alloc(16, 7).toString('base64')},i=4096`));
    });
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const address = `postgres://somebody@127.0.0.1:${server.address().port}/some`;
const client = new pg.Client({ connectionString: address });
client.on('error', () => {});
const error = await client.connect().then(
  () => null,
  (thrown) => thrown,
);
console.log(`connect() ${error === null ? 'resolved' : `rejected: ${error.message}`}`);

const open = await Promise.race([
  once(socket, 'end').then(() => false),
  new Promise((resolve) => setTimeout(resolve, 1000, true)),
]);
console.log(`a second later the socket is ${open ? 'open' : 'closed'}`);
const kept = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
console.log(`sockets that keep this process alive: ${kept} (one of them the server's own end)`);
socket.destroy();
server.close();

const asSeen = error !== null && /password must be a string/.test(error.message) && open && kept === 2;
console.log(asSeen ? '\nAs seen before.' : '\nThis has changed.');
process.exitCode = asSeen ? 0 : 1;
END
PGPASSFILE=/dev/null PGPASSWORD= node look.mjs
