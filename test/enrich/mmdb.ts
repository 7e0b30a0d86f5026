/** A value that the writer can encode: a string, or a map or list of such. */
type Value = string | readonly Value[] | { readonly [key: string]: Value };

/** Writes a MaxMind DB with 24-bit records (format 2.0): networks as bit strings from the root, each with its record. */
export function writeMmdb(
  ipVersion: 4 | 6,
  networks: readonly (readonly [bits: string, record: Value])[],
): Uint8Array {
  type Node = [Node | number | null, Node | number | null];
  const root: Node = [null, null];
  const nodes: Node[] = [root];
  const data: number[] = [];
  for (const [bits, record] of networks) {
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      const side = bit === '1' ? 1 : 0;
      const next: Node[0] = node[side];
      if (Array.isArray(next)) {
        node = next;
        continue;
      }
      const child: Node = [null, null];
      nodes.push(child);
      node[side] = child;
      node = child;
    }
    node[bits.endsWith('1') ? 1 : 0] = data.length;
    data.push(...encode(record));
  }
  const tree = nodes.flatMap((node) =>
    node.flatMap((side) => {
      if (side === null) return bytes(nodes.length, 3);
      return bytes(Array.isArray(side) ? nodes.indexOf(side) : nodes.length + 16 + side, 3);
    }),
  );
  return Uint8Array.from([...tree, ...bytes(0, 16), ...data, ...metadata(nodes.length, ipVersion)]);
}

/** The bits of the leading `prefixBits` of an IPv4 address; in an IPv6 tree, below ::/96. */
export function bitsOf(address: string, prefixBits: number, ipVersion: 4 | 6): string {
  const bits = address.split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'));
  return '0'.repeat(ipVersion === 6 ? 96 : 0) + bits.join('').slice(0, prefixBits);
}

function metadata(nodeCount: number, ipVersion: number): number[] {
  const uint16 = (value: number) => [0xa2, ...bytes(value, 2)];
  const entries = [
    [...encode('node_count'), 0xc4, ...bytes(nodeCount, 4)],
    [...encode('record_size'), ...uint16(24)],
    [...encode('ip_version'), ...uint16(ipVersion)],
    [...encode('database_type'), ...encode('Test')],
    [...encode('binary_format_major_version'), ...uint16(2)],
    [...encode('binary_format_minor_version'), ...uint16(0)],
    [...encode('build_epoch'), 0x04, 0x02, ...bytes(0, 4)],
  ];
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')];
  return [...marker, 0xe0 + entries.length, ...entries.flat()];
}

function encode(value: Value): number[] {
  if (typeof value === 'string') return [...control(2, value.length), ...new TextEncoder().encode(value)];
  if (Array.isArray(value)) return [value.length, 4, ...value.flatMap(encode)];
  const entries = Object.entries(value);
  return [
    ...control(7, entries.length),
    ...entries.flatMap(([key, item]) => [...encode(key), ...encode(item)]),
  ];
}

/** Sizes below 29 fit into the control byte, from 29 on into one more. */
function control(type: number, size: number): number[] {
  return size < 29 ? [(type << 5) + size] : [(type << 5) + 29, size - 29];
}

function bytes(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 256 ** (count - 1 - at)) % 256);
}
