import type { CampaignLabel, IdKind, IdParameter, Parameter } from './parameter-kinds.ts';
import {
  affiliateIds,
  ambiguousParameters,
  campaignParameters,
  clickIds,
  labelParameters,
  personIds,
} from './parameter-list.ts';

export { type CampaignLabel, campaignLabels, type IdParameter, type Parameter } from './parameter-kinds.ts';

/** Every parameter that is tracked, and what may be done with it. Compiled once. */
export interface ParameterRegistry {
  /** Labels first, then ids, the strongest evidence before the others. */
  readonly all: readonly Parameter[];
  /** The parameter with this name or alias; the name must be lower case. */
  readonly named: (name: string) => Parameter | undefined;
  /** Names and aliases of all that identify a click or a person; they go wherever ad_storage is not granted. */
  readonly idNames: ReadonlySet<string>;
  /** Names and aliases of the labels and campaign parameters, which say nothing of a person. */
  readonly plainNames: ReadonlySet<string>;
}

/** A parameter that a site adds to the registry. */
export interface OwnParameter {
  readonly name: string;
  readonly kind: 'label' | 'clickId' | 'campaign';
  /** Only of a label; which of the nine it stands for. */
  readonly label?: CampaignLabel | undefined;
  readonly platform?: string | undefined;
  readonly lifetimeDays?: number | undefined;
}

/** Days for which an id counts where its platform publishes none. */
const defaultLifetimeDays = 30;

/** The parameters that every gateway tracks. */
export const shippedParameters: ParameterRegistry = compile([
  ...labelParameters.map(
    ([names, platform, label, strippedBy = []]): Parameter => ({
      ...named(names),
      kind: 'label',
      platform,
      label,
      isUtm: platform === 'GA4',
      strippedBy,
    }),
  ),
  ...clickIds.flatMap(listed('click_id')),
  ...affiliateIds.flatMap(listed('affiliate')),
  ...personIds.flatMap(listed('recipient')),
  ...campaignParameters.flatMap(([names, platform, strippedBy = []]) =>
    names
      .split(' ')
      .map((name): Parameter => ({ name, aliases: [], kind: 'campaign', platform, strippedBy })),
  ),
]);

/** The shipped parameters and a site's own; a name that is shipped keeps its meaning. */
export function compileParameters(own: readonly OwnParameter[]): ParameterRegistry {
  if (own.length === 0) return shippedParameters;
  return compile([...shippedParameters.all, ...own.map(toParameter)]);
}

/** The shipped parameter with this name or alias; the name must be lower case. */
export function parameterNamed(name: string): Parameter | undefined {
  return shippedParameters.named(name);
}

/** Names and aliases of every shipped parameter that identifies a click or a person. */
export const clickIdParameters: ReadonlySet<string> = shippedParameters.idNames;

/** The parameter identifies a click or a person. */
export function isId(parameter: Parameter): parameter is IdParameter {
  return parameter.kind !== 'label' && parameter.kind !== 'campaign';
}

function compile(parameters: readonly Parameter[]): ParameterRegistry {
  const byName = new Map<string, Parameter>();
  for (const parameter of parameters) {
    for (const name of [parameter.name, ...parameter.aliases]) {
      if (!byName.has(name)) byName.set(name, parameter);
    }
  }
  const namesOf = (test: (parameter: Parameter) => boolean): ReadonlySet<string> =>
    new Set([...byName].filter(([, parameter]) => test(parameter)).map(([name]) => name));
  return {
    all: parameters,
    named: (name) => byName.get(name),
    idNames: namesOf(isId),
    plainNames: namesOf((parameter) => !isId(parameter)),
  };
}

type Listed = (typeof clickIds)[number];

function listed(kind: IdKind): (row: Listed) => readonly IdParameter[] {
  return ([names, platform, lifetimeDays, more = {}]) =>
    names.split(', ').map((each) => ({
      ...named(each),
      kind: more.kind ?? kind,
      platform,
      isPaidSignal: (kind === 'click_id' || kind === 'affiliate') && more.isAlsoUnpaid !== true,
      lifetimeDays: lifetimeDays ?? defaultLifetimeDays,
      cookies: more.cookies?.split(' ') ?? [],
      strippedBy: more.strippedBy ?? [],
      ...(more.proves !== undefined && { evidence: more.proves }),
    }));
}

function named(names: string): { readonly name: string; readonly aliases: readonly string[] } {
  const [name = '', ...aliases] = names.split(' ');
  return { name, aliases };
}

function toParameter({ name: written, kind, label, platform, lifetimeDays }: OwnParameter): Parameter {
  const name = written.toLowerCase();
  const known = ambiguousParameters.find(([names]) => names.split(' ').includes(name));
  const facts = { name, aliases: [], platform: platform ?? known?.[1] ?? 'own', strippedBy: [] };
  if (kind === 'label') return { ...facts, kind, label: label ?? 'campaign', isUtm: false };
  if (kind === 'campaign') return { ...facts, kind };
  return {
    ...facts,
    kind: 'click_id',
    isPaidSignal: false,
    lifetimeDays: lifetimeDays ?? known?.[3] ?? defaultLifetimeDays,
    cookies: [],
  };
}
