import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements, resolveConsent } from '../../src/consent/resolve.ts';
import { accepted, writeTcString } from '../consent/tc-writer.ts';
import type { Bench } from './bench.ts';
import { demand, inform, type Row } from './row.ts';

type Signals = Readonly<Record<string, string>>;

/** More strings than are remembered, so that each is read anew. */
const freshStrings = 4_000;
const resolutions = 40_000;
const rounds = 7;

/**
 * One event's consent, from its signals to the answer of each type, in microseconds: the median of several rounds. A
 * string of a visitor who agreed to some 700 vendors; "cached" is one that came before.
 */
export function measureConsent({ onProgress }: Bench): Promise<readonly Row[]> {
  onProgress('consent: reading and resolving');
  const tc = Array.from({ length: freshStrings }, (_, index) => tcString(index));
  const gpp = 'DBABrw~CVQqAAAAAACA~BUUAAACA';
  const rows = [
    inform(figure('consent without a consent string', [{}])),
    demand(figure('consent with a fresh TC string', tc.map(withTc)), { of: 'value', is: '<=', limit: 5 }),
    demand(figure('consent with a cached TC string', [withTc(tc[0] ?? '')]), {
      of: 'value',
      is: '<=',
      limit: 2,
    }),
    demand(figure('consent with a cached GPP string', [{ gpp, gpp_sid: '7' }]), {
      of: 'value',
      is: '<=',
      limit: 2,
    }),
  ];
  return Promise.resolve(rows);
}

const withTc = (text: string): Signals => ({ gdpr: '1', gdpr_consent: text });

function tcString(index: number): string {
  const ids = Array.from({ length: 700 }, (_, nth) => 1 + nth * 2).filter(
    (id) => id !== 3 + 2 * (index % 350),
  );
  const interests = ids.filter((id) => id % 3 !== 0 && id !== 5 + 2 * Math.floor(index / 350));
  return writeTcString({
    ...accepted,
    vendors: [...ids, 755],
    vendorInterests: [...interests, 755],
    disclosed: [...ids, 755],
    form: 'bits',
  });
}

const policy = compileConsentPolicy(consentConfigSchema.parse({}), [{ tcf: 755 }]);
const hit = {
  headers: { 'user-agent': 'bench' },
  cookies: { _ga: 'GA1.1.1.1' },
  query: 'v=2&tid=G-XXXX&en=page_view&dl=https%3A%2F%2Fshop.example%2F&_p=1700000000000&sr=1920x1080',
  receivedAtMs: Date.UTC(2026, 10, 24),
};

function figure(name: string, each: readonly Signals[]): { name: string; value: number; unit: string } {
  const drafts = each.map((signals) => ({ signals }));
  const times = Array.from({ length: rounds + 1 }, () => round(drafts)).slice(1);
  return { name, value: times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN, unit: 'us' };
}

/** Microseconds for each event. */
function round(drafts: readonly { readonly signals: Signals }[]): number {
  const startedMs = performance.now();
  let granted = 0;
  for (let index = 0; index < resolutions; index++) {
    const draft = drafts[index % drafts.length] ?? {};
    const consent = resolveConsent(readStatements(policy.sources, hit, draft), { country: 'DE' }, policy);
    if (consent.types.ad_storage.granted) granted += 1;
  }
  const tookMs = performance.now() - startedMs;
  if (granted !== 0 && granted !== resolutions) throw new Error('the benchmark resolves consent unevenly');
  return (tookMs * 1_000) / resolutions;
}
