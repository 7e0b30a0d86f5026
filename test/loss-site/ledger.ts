import type { LossCase } from './cases.ts';
import type { SeenLoss } from './gateway.ts';
import { hosts } from './hosts.ts';

/** The causes that the ledger names for the address that a case starts at, each once. */
export function causesAt({ start }: LossCase, losses: readonly SeenLoss[]): readonly string[] {
  const place = `${hosts[start.host]}${start.path}`;
  const here = losses.filter(({ hop }) => hop.split(' -> ', 1)[0]?.replace(/:\d+/, '') === place);
  return [...new Set(here.map(({ cause }) => cause))];
}

/** Whether the ledger names what the case expects, and makes nothing else up. */
export function isLedgered(one: LossCase, losses: readonly SeenLoss[]): boolean {
  const causes = causesAt(one, losses);
  return one.ledger === undefined ? causes.length === 0 : causes.join() === one.ledger;
}
