import { connect } from 'node:net';
import { createResponseReader } from './response-reader.ts';
import { fillTemplate, type Template } from './template.ts';

/** One keep-alive connection with at most one request under way. */
export interface Connection {
  send(visitorKey: string): void;
  close(): void;
}

/** What a connection tells: its request was answered, or the connection is of no more use. */
export interface ConnectionEvents {
  onResponse(connection: Connection, status: number): void;
  onLost(why: string): void;
}

/** Opens a connection that sends one template over and over; resolves once it is open. */
export function openConnection(
  port: number,
  template: Template,
  events: ConnectionEvents,
): Promise<Connection> {
  // Written over for each request: the answer to the last one says that its bytes are out.
  const buffer = Buffer.from(template.bytes);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let isClosing = false;
  const lose = (why: string): void => {
    if (isClosing) return;
    isClosing = true;
    socket.destroy();
    events.onLost(why);
  };
  const connection: Connection = {
    send(visitorKey) {
      fillTemplate(buffer, template, visitorKey);
      socket.write(buffer);
    },
    close() {
      isClosing = true;
      socket.destroy();
    },
  };
  const reader = createResponseReader((status) => events.onResponse(connection, status), lose);
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve(connection));
    socket.on('error', (error) => {
      lose(error.message);
      reject(error);
    });
    socket.on('close', () => lose('the server closed the connection'));
  });
}
