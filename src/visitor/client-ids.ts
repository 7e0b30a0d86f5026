/** A cookie of another tool's that names this browser, and how to read the id out of it. */
interface ToolCookie {
  readonly cookie: string;
  /** The key in `visitor.clientIds`. */
  readonly tool: string;
  /** The consent type that reading it needs. */
  readonly needs: 'analytics_storage' | 'ad_storage';
  read(value: string): string | undefined;
}

const whole = (value: string): string | undefined =>
  value.length > 0 && value.length <= 256 ? value : undefined;

const fbPattern = /^fb\.\d\.\d{10,14}\.[A-Za-z0-9._-]{1,512}$/;

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const redditPattern = /^\d{13}\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const toolCookies: readonly ToolCookie[] = [
  // `GA1.<depth>.<random>.<seconds>`; the client id is the last two fields.
  {
    cookie: '_ga',
    tool: 'ga',
    needs: 'analytics_storage',
    read: (value) => /(\d{1,12}\.\d{9,11})$/.exec(value)?.[1],
  },
  {
    cookie: 'ajs_anonymous_id',
    tool: 'segment',
    needs: 'analytics_storage',
    read: (value) => whole(value.replaceAll('"', '')),
  },
  // Snapchat's pixel: a UUID.
  {
    cookie: '_scid',
    tool: 'scid',
    needs: 'ad_storage',
    read: (value) => (uuidPattern.test(value) ? value : undefined),
  },
  // Reddit's pixel: `<creation, ms>.<uuid>`.
  {
    cookie: '_rdt_uuid',
    tool: 'rdt_uuid',
    needs: 'ad_storage',
    read: (value) => (redditPattern.test(value) ? value : undefined),
  },
  // Four parts, or five with the parameter builder's appendix.
  {
    cookie: '_fbp',
    tool: 'fbp',
    needs: 'ad_storage',
    read: (value) => (fbPattern.test(value) ? value : undefined),
  },
  {
    cookie: '_fbc',
    tool: 'fbc',
    needs: 'ad_storage',
    read: (value) => (fbPattern.test(value) ? value : undefined),
  },
  { cookie: '_ttp', tool: 'ttp', needs: 'ad_storage', read: whole },
  { cookie: 'ttclid', tool: 'ttclid', needs: 'ad_storage', read: whole },
  // 32 hexadecimal digits (Microsoft's UET tag, 2026-11-24).
  {
    cookie: '_uetvid',
    tool: 'uetvid',
    needs: 'ad_storage',
    read: (value) => (/^[0-9a-f]{32}$/i.test(value) ? value : undefined),
  },
  { cookie: 'li_fat_id', tool: 'li_fat_id', needs: 'ad_storage', read: whole },
  { cookie: '_epik', tool: 'epik', needs: 'ad_storage', read: whole },
];

/** Reads other tools' browser ids from their cookies, each only where its consent type is granted. */
export function readClientIds(
  cookies: Readonly<Record<string, string | undefined>>,
  isGranted: (type: ToolCookie['needs']) => boolean,
): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const { cookie, tool, needs, read } of toolCookies) {
    const value = cookies[cookie];
    if (value === undefined || !isGranted(needs)) continue;
    const id = read(value);
    if (id !== undefined) ids[tool] = id;
  }
  return ids;
}
