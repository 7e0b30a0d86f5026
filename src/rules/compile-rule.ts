import type { Path } from '../config/positions.ts';
import type { ConsentType } from '../model/consent.ts';
import { typesCarriedAway } from './consent-bound.ts';
import type { Expression, Language } from './language.ts';
import {
  type Assignment,
  type Change,
  keepFields,
  type Move,
  moveFields,
  removeFields,
  setFields,
} from './map.ts';
import type { CompiledRule, CompiledTransformation } from './match.ts';
import { type CheckedPath, checkPath, type EventPath, type PathUse } from './path.ts';
import { checkDestinations, type Reporter } from './report.ts';
import type { RuleConfig, TransformationConfig } from './schema.ts';

/** What compiling one part of a rule file needs. */
export interface Use {
  readonly language: Language;
  readonly destinations: readonly string[];
  readonly reporter: Reporter;
}

/** Compiles one YAML rule; what is wrong is reported, and that part of the rule does nothing. */
export function compileRule(config: RuleConfig, index: number, use: Use): CompiledRule {
  const base: Path = ['rules', index];
  checkDestinations(config.to, [...base, 'to'], use);
  const condition = compileExpression(config.when, [...base, 'when'], 'condition', use);
  const changes = [
    ...assignments(config.set, [...base, 'set'], config.consent, use),
    ...moves(config, base, use),
    ...removals(config.remove, [...base, 'remove'], use),
  ];
  return {
    name: config.name,
    file: use.reporter.file,
    isEnabled: config.enabled,
    to: config.to,
    requires: config.consent,
    sample: config.sample,
    holds: (scope) => condition?.holds(scope) ?? false,
    falsePart: (scope) => condition?.falsePart(scope),
    ...(changes.length > 0 && { change: inOrder(changes) }),
  };
}

/** Compiles one transformation. */
export function compileTransformation(
  config: TransformationConfig,
  index: number,
  use: Use,
): CompiledTransformation {
  const base: Path = ['transformations', index];
  if (config.to !== 'all') checkDestinations(config.to, [...base, 'to'], use);
  const { allow, augment, redact } = config;
  const changes: Change[] = [];
  if (allow !== undefined) changes.push(keepFields(paths(allow, [...base, 'allow'], 'keep', use)));
  if (augment !== undefined) changes.push(...assignments(augment, [...base, 'augment'], [], use));
  if (redact !== undefined) changes.push(...removals(redact, [...base, 'redact'], use));
  return { name: config.name, file: use.reporter.file, to: config.to, change: inOrder(changes) };
}

type Written = string | number | boolean;

function compileExpression(
  source: Written,
  path: Path,
  result: 'condition' | 'value',
  use: Use,
): Expression | undefined {
  const compiled = use.language.compile(String(source), result);
  if (compiled.ok) return compiled.expression;
  for (const { start, ...finding } of compiled.faults) use.reporter.inside(path, start, finding);
  return undefined;
}

function assignments(
  set: Readonly<Record<string, Written>>,
  base: Path,
  consent: readonly ConsentType[],
  use: Use,
): readonly Change[] {
  const list = Object.entries(set).flatMap(([text, source]): Assignment[] => {
    const place = [...base, text];
    const checked = reported(checkPath(text, 'write'), (finding) => use.reporter.atKey(place, finding));
    const expression = compileExpression(source, place, 'value', use);
    if (checked === undefined || expression === undefined) return [];
    reportCarried(expression.reads, { target: checked.path, place, consent, use });
    return [{ path: checked.path, shape: checked.shape, expression }];
  });
  return list.length > 0 ? [setFields(list)] : [];
}

function moves(config: RuleConfig, base: Path, use: Use): readonly Change[] {
  const list = Object.entries(config.rename).flatMap(([fromText, toText]): Move[] => {
    const place = [...base, 'rename', fromText];
    const from = reported(checkPath(fromText, 'move'), (finding) => use.reporter.atKey(place, finding));
    const to = reported(checkPath(toText, 'write'), (finding) => use.reporter.at(place, finding));
    if (from === undefined || to === undefined) return [];
    reportCarried([from.path], { target: to.path, place, consent: config.consent, use });
    return [{ from: from.path, to: to.path, shape: to.shape }];
  });
  return list.length > 0 ? [moveFields(list)] : [];
}

function removals(texts: readonly string[], base: Path, use: Use): readonly Change[] {
  const list = paths(texts, base, 'remove', use);
  return list.length > 0 ? [removeFields(list)] : [];
}

function paths(texts: readonly string[], base: Path, kind: PathUse, use: Use): readonly EventPath[] {
  return texts.flatMap((text, index) => {
    const report = (finding: Parameters<Reporter['at']>[1]) => use.reporter.at([...base, index], finding);
    const checked = reported(checkPath(text, kind), report);
    return checked === undefined ? [] : [checked.path];
  });
}

function reported(
  checked: CheckedPath,
  report: (finding: Parameters<Reporter['at']>[1]) => void,
): Extract<CheckedPath, { ok: true }> | undefined {
  if (checked.ok) return checked;
  report(checked.fault);
  return undefined;
}

interface Carried {
  readonly target: EventPath;
  readonly place: Path;
  readonly consent: readonly ConsentType[];
  readonly use: Use;
}

function reportCarried(reads: readonly EventPath[], { target, place, consent, use }: Carried): void {
  const missing = typesCarriedAway(reads, target).filter((type) => !consent.includes(type));
  if (missing.length === 0) return;
  use.reporter.at(place, {
    code: 'consent_bound',
    message: `What goes to \`${target.join('.')}\` hangs on ${missing.join(' and ')}, and the rule does not ask for it.`,
  });
}

function inOrder(changes: readonly Change[]): Change {
  const [only, ...more] = changes;
  if (only !== undefined && more.length === 0) return only;
  return (event, notes) => changes.reduce((result, change) => change(result, notes), event);
}
