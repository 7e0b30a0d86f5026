import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455 section 1.3
const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const closeCodes = { protocolError: 1002, unsupported: 1003, notUtf8: 1007, tooBig: 1009 } as const;

/** Answers a WebSocket handshake and sends every text message back: unfragmented frames of up to 64 KiB (RFC 6455). */
export function echoWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  const key = request.headers['sec-websocket-key'];
  if (key === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1').update(`${key}${handshakeGuid}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let pending = head;
  const answerPending = () => {
    pending = answerFrames(socket, pending);
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    answerPending();
  });
  answerPending();
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly bytes: number;
}

/** Answers every complete frame and returns the bytes of the one that is still incomplete. */
function answerFrames(socket: Duplex, received: Buffer): Buffer {
  let rest = received;
  while (!socket.writableEnded) {
    const frame = readFrame(rest);
    if (frame === 'incomplete') return rest;
    if (typeof frame === 'number') {
      closeWith(socket, frame);
      break;
    }
    rest = rest.subarray(frame.bytes);
    answerFrame(socket, frame);
  }
  return Buffer.alloc(0);
}

function answerFrame(socket: Duplex, { opcode, payload }: Frame): void {
  if (opcode === opcodes.ping) {
    socket.write(encodeFrame(opcodes.pong, payload));
  } else if (opcode === opcodes.close) {
    socket.end(encodeFrame(opcodes.close, payload.subarray(0, 2)));
  } else if (opcode === opcodes.text) {
    if (isUtf8(payload)) socket.write(encodeFrame(opcodes.text, payload));
    else closeWith(socket, closeCodes.notUtf8);
  } else if (opcode !== opcodes.pong) {
    closeWith(socket, closeCodes.unsupported);
  }
}

/** Reads one masked client frame; a number is the close code for a frame that is not taken (section 5.2). */
function readFrame(bytes: Buffer): Frame | 'incomplete' | number {
  if (bytes.length < 2) return 'incomplete';
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if ((first & 0x70) !== 0 || (second & 0x80) === 0) return closeCodes.protocolError;
  if ((first & 0x80) === 0) return closeCodes.unsupported;
  const shortLength = second & 0x7f;
  if (shortLength === 127) return closeCodes.tooBig;
  const maskAt = shortLength === 126 ? 4 : 2;
  if (bytes.length < maskAt + 4) return 'incomplete';
  const length = shortLength === 126 ? bytes.readUInt16BE(2) : shortLength;
  const payloadAt = maskAt + 4;
  if (bytes.length < payloadAt + length) return 'incomplete';
  const mask = bytes.subarray(maskAt, payloadAt);
  const payload = Buffer.from(bytes.subarray(payloadAt, payloadAt + length));
  for (let index = 0; index < length; index++) {
    payload.writeUInt8(payload.readUInt8(index) ^ mask.readUInt8(index % 4), index);
  }
  return { opcode: first & 0x0f, payload, bytes: payloadAt + length };
}

function encodeFrame(opcode: number, payload: Buffer): Buffer {
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
  const header = Buffer.from([0x80 | opcode, 126, 0, 0]);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function closeWith(socket: Duplex, code: number): void {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  socket.end(encodeFrame(opcodes.close, payload));
}
