import { describe, expect, it } from 'vitest';
import { sessionConfigSchema, settingsOf } from '../../src/session/definition.ts';
import { definitionInWords } from '../../src/session/words.ts';

function wordsOf(config: unknown): readonly string[] {
  const parsed = sessionConfigSchema.parse(config);
  return definitionInWords(settingsOf(parsed), parsed);
}

describe('a definition in words', () => {
  it('says every rule of the default one', () => {
    expect(wordsOf({})).toEqual([
      'A session ends after more than 30 minutes without an event; after a pause of exactly 30 minutes it goes on.',
      'It lasts 24 hours at most.',
      'Midnight changes nothing.',
      'Logging in as somebody else begins a new session.',
      'Another source changes nothing: a session keeps its first one.',
      'Page pings and other signs of life add their time and neither begin nor extend a session.',
      'An event that a server sends joins the session that is live at its time; it never begins or extends one.',
      'A session is engaged with 10 seconds in the foreground, 2 views, or one of: purchase, generate_lead, sign_up.',
      'It goes by its own source: the first that it shows.',
      'An event that arrives more than 24 hours after it happened has no session.',
    ]);
  });

  it('says what a preset and single keys change in it', () => {
    const changed = wordsOf({ preset: 'matomo', midnight: 'Europe/Berlin', maxHours: 1 });
    expect(changed).toEqual(
      expect.arrayContaining([
        'A session ends after more than 30 minutes without an event; a pause of exactly 30 minutes does too.',
        'It lasts one hour at most, and has 10000 events at most.',
        'Midnight in Europe/Berlin begins a new session.',
        'Logging in, also as somebody else, changes nothing.',
        'Another campaign or paid click begins a new session; they are told apart by campaign, term, letter case aside. ' +
          'A direct visit never does. A session without a source adopts it instead.',
        'Page pings and other signs of life extend a session and never begin one.',
      ]),
    );
  });
});
