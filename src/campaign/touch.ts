import type { JsonObject } from '../model/json.ts';
import type { ClickId, Touch } from '../model/touch.ts';
import { channelOf } from './channel.ts';
import type { TouchContext } from './context.ts';
import { checkTagging } from './hygiene.ts';
import { type CampaignLabel, campaignLabels, isId, shippedParameters } from './parameters.ts';
import { endOfPath } from './query-pairs.ts';
import { type CampaignReading, cleanLabel, readCampaign } from './read.ts';
import { factsOf } from './reading-facts.ts';
import type { ReferrerKind } from './referrer-list.ts';
import { hostSource, knownReferrer, parseReferrer, type Referrer } from './referrers.ts';
import { isSignInPage } from './sign-in-pages.ts';

/** What one event says about where its visitor came from. */
export interface TouchInput {
  readonly name: string;
  /** The event's time, UTC milliseconds. */
  readonly atMs: number;
  readonly url?: string;
  readonly referrer?: string;
  /** Campaign labels that the tracker states outright, by utm name without `utm_`; they win over the address. */
  readonly stated?: Readonly<Record<string, string>>;
}

/** The touch that an event brings, and what was noticed on the way. */
export interface TouchReading {
  readonly touch?: Touch;
  /** For the decision record: parameters, problems and notes, without the values of ids; absent: nothing of note. */
  readonly facts?: JsonObject;
}

/**
 * Reads the touch of one event. First of these that there is: campaign labels, a click id that proves a paid click, the
 * referrer (only for events that open a page or an app), nothing at all (a direct touch).
 *
 * An event that opens nothing and has no evidence brings no touch, nor does a page opened from the site itself or on
 * the way back from a payment or sign-in page. Labels on a link inside the site are internal tagging: noted, no touch.
 * Click ids that prove nothing by themselves are kept on whatever touch there is.
 */
export function readTouch(input: TouchInput, context: TouchContext): TouchReading {
  const reading = readCampaign(input.url, context.parameters);
  const labels = mergeLabels(reading.labels, input.stated);
  const isEntry = entryEvents.has(input.name);
  const proof = paidProof(reading.clickIds);
  const hasEvidence = isEvidence(labels) || proof !== undefined;
  if (!isEntry && !hasEvidence && reading.found.length === 0 && reading.personal.length === 0) return nothing;

  const origin = originOf(input.referrer, context);
  const findings = checkTagging({ reading, labels, hasProof: proof !== undefined });
  const facts = factsOf(reading, findings, isEntry || hasEvidence ? notesOf(labels, origin) : []);
  const touch =
    isEntry || hasEvidence
      ? touchOf({ labels, proof, origin, frame: frameOf(input, { reading, origin, context }), isEntry })
      : undefined;
  return { ...(touch !== undefined && { touch }), ...(facts !== undefined && { facts }) };
}

type Labels = CampaignReading['labels'];
type Proof = { readonly source: string; readonly medium: string };
/** What a touch has whatever its source is. */
type Frame = Pick<Touch, 'clickIds' | 'parameters' | 'referrer' | 'landingPage' | 'atMs'>;
type Origin =
  | { readonly kind: 'none' | 'own' }
  | { readonly kind: 'ignored' | 'outside'; readonly referrer: Referrer };

/** Events that open a page or an app; only they can be a direct or a referred arrival. */
const entryEvents: ReadonlySet<string> = new Set(['page_view', 'screen_view', 'app_open']);
/** The strongest first. Only shipped parameters prove anything. */
const proofs = shippedParameters.all.filter(isId).filter(({ evidence }) => evidence !== undefined);
const direct = { kind: 'direct', source: '(direct)', medium: '(none)' } as const;
const notSet = '(not set)';
const maxPageChars = 1_024;

const nothing: TouchReading = Object.freeze({});

/** What of an event decides its touch. */
interface Signs {
  readonly labels: Labels;
  readonly proof: Proof | undefined;
  readonly origin: Origin;
  readonly frame: Frame;
  readonly isEntry: boolean;
}

function touchOf({ labels, proof, origin, frame, isEntry }: Signs): Touch | undefined {
  if (isEvidence(labels) && origin.kind !== 'own') return fromLabels(labels, { proof, frame });
  if (proof !== undefined) return finish({ kind: 'click_id', ...proof, ...frame });
  if (!isEntry) return undefined;
  if (origin.kind === 'outside') return fromReferrer(origin.referrer, frame);
  const isArrival = origin.kind === 'none' || Object.keys(frame.clickIds).length > 0;
  return isArrival ? finish({ ...direct, ...frame }) : undefined;
}

function mergeLabels(read: Labels, stated: TouchInput['stated']): Labels {
  if (stated === undefined) return read;
  const merged: Partial<Record<CampaignLabel, string>> = { ...read };
  for (const label of campaignLabels) {
    const value = Object.hasOwn(stated, label) ? cleanLabel(stated[label] ?? '') : undefined;
    if (value !== undefined) merged[label] = value;
  }
  return merged;
}

/** Term, content and the rest only detail a campaign; alone they name no source. */
function isEvidence({ source, medium, campaign, id }: Labels): boolean {
  return source !== undefined || medium !== undefined || campaign !== undefined || id !== undefined;
}

function paidProof(clickIds: CampaignReading['clickIds']): Proof | undefined {
  return proofs.find(({ name }) => clickIds[name] !== undefined)?.evidence;
}

function originOf(text: string | undefined, { isOwnHost, isIgnoredReferrer }: TouchContext): Origin {
  const referrer = parseReferrer(text);
  if (referrer === undefined) return { kind: 'none' };
  if (isOwnHost(referrer.host)) return { kind: 'own' };
  const isIgnored = isIgnoredReferrer(referrer.host) || isSignInPage(referrer);
  return { kind: isIgnored ? 'ignored' : 'outside', referrer };
}

function notesOf(labels: Labels, origin: Origin): readonly string[] {
  return [
    ...(isEvidence(labels) && origin.kind === 'own'
      ? ['campaign labels on a link inside the site: ignored']
      : []),
    ...(origin.kind === 'ignored' ? [`ignored referrer: ${hostSource(origin.referrer.host)}`] : []),
  ];
}

function frameOf(
  { url, atMs }: TouchInput,
  {
    reading,
    origin,
    context,
  }: { readonly reading: CampaignReading; readonly origin: Origin; readonly context: TouchContext },
): Frame {
  const clickIds: Record<string, ClickId> = {};
  for (const [name, value] of Object.entries(reading.clickIds)) clickIds[name] = { value, seenAtMs: atMs };
  return {
    clickIds,
    ...(Object.keys(reading.parameters).length > 0 && { parameters: reading.parameters }),
    ...(origin.kind === 'outside' && { referrer: origin.referrer.page }),
    ...(url !== undefined && url !== '' && { landingPage: pageOf(url, context) }),
    atMs,
  };
}

/** The page alone: labels and click ids are kept apart, and the rest of a query is not ours to spread. */
function pageOf(url: string, { parameters }: TouchContext): string {
  const question = url.indexOf('?');
  const hash = url.indexOf('#');
  const end = Math.min(question < 0 ? url.length : question, hash < 0 ? url.length : hash, maxPageChars);
  const page = url.slice(0, end);
  return page.slice(0, endOfPath(page, parameters));
}

/** Labels without a source borrow the one that a paid click proves. */
function fromLabels(
  labels: Labels,
  { proof, frame }: { readonly proof: Proof | undefined; readonly frame: Frame },
): Touch {
  const proven = labels.source === undefined ? proof : undefined;
  return finish({
    kind: 'campaign',
    source: labels.source ?? proven?.source ?? notSet,
    medium: labels.medium ?? proven?.medium ?? notSet,
    ...(labels.campaign !== undefined && { campaign: labels.campaign }),
    ...(labels.content !== undefined && { content: labels.content }),
    ...(labels.term !== undefined && { term: labels.term }),
    ...(labels.id !== undefined && { id: labels.id }),
    ...(labels.source_platform !== undefined && { sourcePlatform: labels.source_platform }),
    ...(labels.creative_format !== undefined && { creativeFormat: labels.creative_format }),
    ...(labels.marketing_tactic !== undefined && { marketingTactic: labels.marketing_tactic }),
    ...frame,
  });
}

const referred: Readonly<Record<ReferrerKind, Pick<Touch, 'kind' | 'medium'>>> = {
  search: { kind: 'search', medium: 'organic' },
  social: { kind: 'social', medium: 'social' },
  ai: { kind: 'ai', medium: 'ai-assistant' },
  video: { kind: 'referral', medium: 'referral' },
  shopping: { kind: 'referral', medium: 'referral' },
  email: { kind: 'referral', medium: 'email' },
};

function fromReferrer({ host }: Referrer, frame: Frame): Touch {
  const known = knownReferrer(host);
  if (known !== undefined) return finish({ ...referred[known.kind], source: known.source, ...frame });
  return finish({ kind: 'referral', source: hostSource(host), medium: 'referral', ...frame });
}

function finish(touch: Omit<Touch, 'channel'>): Touch {
  return { ...touch, channel: channelOf(touch) };
}
