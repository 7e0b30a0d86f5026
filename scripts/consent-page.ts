import { consentSources } from '../src/consent/sources/index.ts';
import type { ConsentSource } from '../src/contract/consent-source.ts';
import type { Statement } from '../src/model/consent.ts';

const introduction = `Every signal that consent is read from. What several signals say is combined by one rule: the strictest wins.

A consent manager's record speaks in categories, services or purposes. A source lists what the manager's own stand for;
\`consent.categories.<source>\` adds a site's own, replaces one, or empties it with \`[]\`. One denied category denies its
types. Where several categories stand for one type, all of them have to be granted: one that the record does not mention
leaves the type undecided. Three exceptions, each said at its source: categories marked "where the site has it" are left
out of account where the record does not mention them; of a record that lists only what was accepted, all else was
refused; and usual names that sites choose themselves stand for no type that the site's own map names. What no map names
counts for nothing, and a choice of which nothing is mapped is a problem, not silence.

A record without a choice states nothing. One that cannot be read is a problem: it grants nothing, and where a region
grants by default it denies advertising, for it may have been the refusal. Problems show in the event's story.`;

/** The reference page of consent sources, without the note that it is generated. */
export function consentPage(): string {
  return `# Consent sources\n\n${introduction}\n\n${consentSources.map(sectionOf).join('\n')}`;
}

function sectionOf(source: ConsentSource): string {
  const rows = source.examples
    .map(({ title, expect }) => `| ${title} | ${expect === null ? 'absent' : verdict(expect)} |`)
    .join('\n');
  const facts = [cookieWords(source), ...categoryWords(source)].filter((words) => words !== '');
  return `${[
    `## ${source.name}`,
    `Kind \`${source.kind}\`. ${source.description}`,
    ...facts,
    `| example | read as |\n| --- | --- |\n${rows}`,
  ].join('\n\n')}\n`;
}

function cookieWords({ name, cookies, cookiePrefixes = [], settings }: ConsentSource): string {
  const names = [...cookies.map(code), ...cookiePrefixes.map((prefix) => code(`${prefix}…`))];
  if (names.length === 0) return '';
  const isOwn = settings?.cookie !== undefined;
  const key = name === 'sdk-cookie' ? 'consent.cookie' : `consent.cookies.${name}`;
  return `Cookies: ${names.join(', ')}.${isOwn ? ` \`${key}\` names another than ${code(settings.cookie)}.` : ''}`;
}

function categoryWords({ settings, optionalCategories = [] }: ConsentSource): readonly string[] {
  const categories = Object.entries(settings?.categories ?? {});
  if (categories.length === 0) return [];
  const rows = categories.map(([category, types]) => {
    const hint = optionalCategories.includes(category) ? ', where the site has it' : '';
    return `| ${code(category)}${hint} | ${types.map(code).join(', ') || 'nothing'} |`;
  });
  return [`| category | stands for |\n| --- | --- |\n${rows.join('\n')}`];
}

function verdict(statement: Statement): string {
  const types = Object.entries(statement.types).map(
    ([type, stated]) => `${type} ${stated.state} (${stated.weight})`,
  );
  const optOut = statement.optOut === true ? ['opted out'] : [];
  const vendors = Object.entries(statement.vendors ?? {}).map(
    ([vendor, allowed]) =>
      `vendor ${vendor} ${allowed.length === 0 ? 'refused' : `may ${allowed.join(' ')}`}`,
  );
  const onlyIn = statement.onlyIn === undefined ? [] : [`counts where the regime is ${statement.onlyIn}`];
  const note = statement.note === undefined ? [] : [`note: ${statement.note}`];
  const problem = statement.problem === undefined ? [] : [`problem: ${statement.problem}`];
  return [...types, ...optOut, ...vendors, ...onlyIn, ...note, ...problem].join(', ') || 'nothing stated';
}

function code(text: string): string {
  return `\`${text}\``;
}
