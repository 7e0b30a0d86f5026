import { inputSchema } from '../config/known.ts';
import type { Path } from '../config/positions.ts';
import { eventSchema } from '../model/event.ts';
import type { CompiledCase } from './match.ts';
import { checkPath } from './path.ts';
import { checkDestinations, type Reporter, unknownDestination } from './report.ts';
import type { Case } from './schema.ts';
import { makeEvent } from './test-event.ts';

interface Use {
  readonly reporter: Reporter;
  readonly destinations: readonly string[];
}

/** Checks one test of a rule file: its event must become an event, its expectations must name what exists. */
export function compileCase(test: Case, base: Path, use: Use): CompiledCase {
  reportEvent(test, base, use.reporter);
  checkDestinations(test.expect.to, [...base, 'expect', 'to'], use);
  for (const [destination, values] of Object.entries(test.expect.values)) {
    const place = [...base, 'expect', 'values', destination];
    if (!use.destinations.includes(destination)) {
      use.reporter.atKey(place, unknownDestination(destination, use.destinations));
    }
    for (const path of Object.keys(values)) {
      const checked = checkPath(path, 'keep');
      if (!checked.ok) use.reporter.atKey([...place, path], checked.fault);
    }
  }
  const line = use.reporter.line(base);
  return { ...test, file: use.reporter.file, ...(line !== undefined && { line }) };
}

function reportEvent(test: Case, base: Path, reporter: Reporter): void {
  const made = makeEvent(test.event);
  if (!made.ok) reporter.issues([...base, 'event'], made.issues, { root: eventInput, value: made.value });
}

const eventInput = inputSchema(eventSchema);
