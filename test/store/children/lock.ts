// Takes the lock of the data file named on the command line, says how that went, and keeps it until it is killed.
import { lockStore, StoreLockedError } from '../../../src/store/sqlite/lock.ts';

try {
  lockStore(process.argv[2] ?? '');
  process.stdout.write('locked\n');
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(error instanceof StoreLockedError ? 'refused\n' : `${String(error)}\n`);
}
