import { repairs } from '../src/campaign/found-parameter.ts';
import { ambiguousParameters } from '../src/campaign/parameter-list.ts';
import { type IdParameter, isId, type Parameter, shippedParameters } from '../src/campaign/parameters.ts';
import { hygieneProblems } from '../src/model/hygiene.ts';

/** The reference page of the parameter registry, in Markdown. */
export function parametersPage(): string {
  const { all } = shippedParameters;
  const ids = all.filter(isId);
  const kept = ids.filter(({ kind }) => kind === 'click_id' || kind === 'affiliate');
  return `${[
    '# Campaign parameters',
    'Every parameter that is tracked: kept over redirects, and read from addresses in any letter case. A site adds its ' +
      'own under `campaign.parameters`.',
    '## Labels',
    'What a visit is attributed to. The utm parameter of a label wins over every other name of it; the value is kept ' +
      'with its case and may be stored without consent.',
    table(['Parameter', 'Also', 'Of', 'Label', 'Taken off by'], all.flatMap(labelRow)),
    '## Click ids',
    'Kept on touches where `ad_storage` is granted, value exactly as sent. Days: for how long the platform credits the ' +
      'id, 30 where it publishes nothing. Proves: what the id alone says about the source.',
    table(
      ['Parameter', 'Also', 'Of', 'Days', 'Proves', 'Cookies of its tag', 'Taken off by'],
      kept.map(clickRow),
    ),
    '## Campaign parameters',
    'They say more of a campaign and nothing of a person: kept on touches, no evidence of a source by themselves.',
    table(['Of', 'Parameters', 'Taken off by'], campaignRows(all)),
    '## Ids of people',
    "Kept over redirects for the site's own tags, never on a touch, and taken out of stored addresses where " +
      '`ad_storage` is not granted.',
    table(
      ['Parameter', 'Also', 'Of', 'Kind', 'Taken off by'],
      ids.filter((id) => !kept.includes(id)).map(personRow),
    ),
    '## Known, and read only where a site lists them',
    'Ordinary words on most sites. Listed under `campaign.parameters`, they bring platform and lifetime along.',
    table(
      ['Parameters', 'Of', 'Kind'],
      ambiguousParameters.map(([names, platform, kind]) => [codes(names.split(' ')), platform, code(kind)]),
    ),
    '## What can be mended',
    'An address that was damaged on the way is read all the same; the campaign decision says what had to be mended.',
    table(
      ['Repair', 'What was wrong'],
      Object.entries(repairs).map(([name, text]) => [code(name), text]),
    ),
    '## Hygiene',
    'What `throughline hygiene` reports of how links are tagged.',
    table(
      ['Problem', 'What is wrong', 'What to do'],
      Object.entries(hygieneProblems).map(([name, { what, fix }]) => [code(name), what, fix]),
    ),
  ].join('\n\n')}\n`;
}

type Row = readonly string[];

const strippers: Readonly<Record<Parameter['strippedBy'][number], string>> = {
  safariPrivate: 'Safari (private, Mail, Messages)',
  firefoxStrict: 'Firefox (strict)',
  brave: 'Brave',
  duckduckgo: 'DuckDuckGo',
};

function labelRow(parameter: Parameter): readonly Row[] {
  if (parameter.kind !== 'label') return [];
  const { name, aliases, platform, label } = parameter;
  return [[code(name), codes(aliases), platform, code(label), takenOffBy(parameter)]];
}

function clickRow(parameter: IdParameter): Row {
  const { name, aliases, platform, lifetimeDays, evidence, cookies } = parameter;
  const proof = evidence === undefined ? '' : `${evidence.source} / ${evidence.medium}`;
  return [
    code(name),
    codes(aliases),
    platform,
    String(lifetimeDays),
    proof,
    codes(cookies),
    takenOffBy(parameter),
  ];
}

function personRow(parameter: IdParameter): Row {
  const { name, aliases, platform, kind } = parameter;
  return [code(name), codes(aliases), platform, kind, takenOffBy(parameter)];
}

function campaignRows(all: readonly Parameter[]): readonly Row[] {
  const parameters = all.filter(({ kind }) => kind === 'campaign');
  const groups = Map.groupBy(parameters, (parameter) => `${parameter.platform}|${takenOffBy(parameter)}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [[first.platform, codes(group.map(({ name }) => name)), takenOffBy(first)]];
  });
}

function takenOffBy({ strippedBy }: Parameter): string {
  return strippedBy.map((browser) => strippers[browser]).join(', ');
}

function table(heading: Row, rows: readonly Row[]): string {
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function codes(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
