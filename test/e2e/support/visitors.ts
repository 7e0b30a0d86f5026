import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { launchBrowser, openVisit, type Visit } from '../browser.ts';

/** Keeps one Chromium for the tests of a file; each call is a new visitor, who leaves with the test. */
export function useVisitors(moreFlags: readonly string[] = []): () => Promise<Visit> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(moreFlags);
  });
  afterAll(() => browser?.close());
  return async () => {
    const visit = await openVisit(browser);
    onTestFinished(() => visit.context.close());
    return visit;
  };
}
