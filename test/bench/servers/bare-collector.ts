// The baseline of collecting: reads the body, parses it and answers 204. Nothing is checked, kept or sent on.
import { createServer } from 'node:http';
import { announce } from './announce.ts';

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const event: unknown = JSON.parse(Buffer.concat(chunks).toString());
    res.statusCode = typeof event === 'object' ? 204 : 400;
    res.end();
  });
});

announce(server);
