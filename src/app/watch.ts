import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { formatProblems } from '../config/problem.ts';
import type { Logger } from '../observe/logger.ts';
import type { Gateway } from './gateway.ts';
import { load } from './load.ts';
import { takeSnapshot } from './snapshot.ts';

const settleMs = 200;
const pollMs = 10_000;

/**
 * Reloads when the configuration or a rule file changes. Folders are watched, not files: editors and mounted
 * configuration swap files by renaming, and a watch on the file would end with it. A slow poll catches what a file system
 * does not report. An invalid change is logged and the version in force stays.
 */
export function watchConfiguration(gateway: Gateway, log: Logger): () => void {
  const { file, rulesFolder } = gateway.loaded().snapshot;
  let seenHash = gateway.loaded().snapshot.hash;
  let timer: NodeJS.Timeout | null = null;
  let isBusy = false;
  const look = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      seenHash = await reloadIfChanged(gateway, seenHash, log);
    } catch (error) {
      log.error(
        { code: 'TL4001', error: String(error) },
        'the configuration could not be reloaded; the one before stays in force',
      );
    } finally {
      isBusy = false;
    }
  };
  const soon = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void look(), settleMs);
  };
  const folders = [...new Set([dirname(file), rulesFolder])].filter((folder) => existsSync(folder));
  const watchers = folders.map((folder) => watch(folder, soon));
  for (const watcher of watchers)
    watcher.on('error', (error) =>
      log.warn({ error: String(error) }, 'watching stopped; changes are polled'),
    );
  const poll = setInterval(() => void look(), pollMs);
  return () => {
    clearInterval(poll);
    if (timer !== null) clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** Returns the hash of what was looked at, so that one bad change is reported once. */
async function reloadIfChanged(gateway: Gateway, seenHash: string, log: Logger): Promise<string> {
  const snapshot = takeSnapshot(gateway.loaded().snapshot.file);
  if (snapshot.hash === seenHash) return seenHash;
  const result = await load(snapshot);
  if (!result.ok) {
    const problems = formatProblems(result.problems, { colour: false });
    log.error(
      { code: 'TL4001', problems },
      'the changed configuration is refused; the one before stays in force',
    );
    return snapshot.hash;
  }
  const before = gateway.loaded().config;
  await gateway.reload(result.loaded);
  const needsRestart = (['edge', 'admin', 'limits', 'visitor'] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(result.loaded.config[part]),
  );
  if (before.store.path !== result.loaded.config.store.path)
    log.warn({ key: 'store.path' }, 'takes effect at the next start');
  for (const key of needsRestart)
    log.warn({ key }, 'ports, limits and the identity lock take effect at the next start');
  log.info({ version: snapshot.hash }, 'the configuration was reloaded');
  return snapshot.hash;
}
