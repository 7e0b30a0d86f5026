// For comparison: the least a proxy of node:http alone can be, with connections kept alive.
import { Agent, createServer, request } from 'node:http';
import process from 'node:process';
import { announce } from './announce.ts';

const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });

const server = createServer((req, res) => {
  const upstream = request(
    {
      host: '127.0.0.1',
      port: process.argv[2],
      method: req.method,
      path: req.url,
      headers: req.headers,
      agent,
    },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    },
  );
  upstream.on('error', () => res.destroy());
  req.pipe(upstream);
});

announce(server);
