import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements } from '../../src/consent/resolve.ts';
import { accepted, writeTcString } from './tc-writer.ts';

const { cache } = createRequire(import.meta.url);
const isLoaded = (): boolean => Object.keys(cache).some((file) => file.includes('@iabgpp'));

describe('the GPP library', () => {
  it('is not loaded before the first US section comes', () => {
    const { sources } = compileConsentPolicy(consentConfigSchema.parse({}), [{ tcf: 755 }]);
    const read = (gpp: string) =>
      readStatements(sources, { headers: {}, cookies: {}, query: '' }, { signals: { gpp } });
    expect(read(`DBABMA~${writeTcString(accepted)}`)[0]?.types.ad_storage?.state).toBe('granted');
    expect(read('garbage')[0]?.problem).toBe('the GPP string cannot be read');
    expect(isLoaded()).toBe(false);
    expect(read('DBABBg~BUUAAACA')[0]?.optOut).toBe(true);
    expect(isLoaded()).toBe(true);
  });
});
