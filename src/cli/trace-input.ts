import { readFileSync } from 'node:fs';
import { codes } from '../config/codes.ts';
import { Exit } from './configuration.ts';
import { misused } from './options.ts';
import { complain, exitCodes } from './output.ts';

/** The addresses of a command line and of a list; every one that is none is named, and the command ends. */
export function readAddresses(given: readonly string[], file: string | undefined): readonly URL[] {
  const lines = [
    ...given.map((text) => ({ text, place: '' })),
    ...(file === undefined ? [] : readList(file)),
  ];
  if (lines.length === 0) misused(['There is no address to follow. Name one, or a list with --file.']);
  const problems: string[] = [];
  const urls = lines.flatMap(({ text, place }) => {
    const url = URL.parse(text);
    if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return [url];
    problems.push(`${place}${JSON.stringify(masked(text))} is no web address. ${adviceFor(text)}`);
    return [];
  });
  if (problems.length > 0) misused(problems);
  return urls;
}

function readList(file: string): readonly { readonly text: string; readonly place: string }[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    complain(`${codes.not_found.id} ${codes.not_found.title}: ${file} cannot be read. Correct the path.`);
    throw new Exit(exitCodes.badUse);
  }
  return content
    .split('\n')
    .map((line, index) => ({ text: line.trim(), place: `${file}:${index + 1}: ` }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
}

function adviceFor(text: string): string {
  const withScheme = /^[a-z\d-]+\.[a-z\d.-]+(?:[/:?]|$)/i.test(text) ? URL.parse(`https://${text}`) : null;
  return withScheme === null ? 'Begin it with https:// or http://.' : `Did you mean ${withScheme.href}?`;
}

function masked(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//***@');
}
