import type { SessionConfig } from './definition.ts';
import type { SessionSettings } from './presets.ts';

/** A definition in sentences, in the order in which its rules are asked. */
export function definitionInWords(
  settings: SessionSettings,
  { engaged, allowedLatenessHours }: Pick<SessionConfig, 'engaged' | 'allowedLatenessHours'>,
): readonly string[] {
  const { keyEvents, seconds, views } = engaged;
  return [
    idleWords(settings),
    longestWords(settings),
    midnightWords(settings),
    settings.userChange === 'split'
      ? 'Logging in as somebody else begins a new session.'
      : 'Logging in, also as somebody else, changes nothing.',
    campaignWords(settings),
    heartbeatWords[settings.heartbeats],
    'An event that a server sends joins the session that is live at its time; it never begins or extends one.',
    `A session is engaged with ${seconds} seconds in the foreground, ${views} views, or one of: ${keyEvents.join(', ')}.`,
    attributionWords(settings),
    `An event that arrives more than ${hours(allowedLatenessHours)} after it happened has no session.`,
  ];
}

function idleWords({ timeoutMinutes, timeoutEdge }: SessionSettings): string {
  const edge =
    timeoutEdge === 'ends'
      ? `a pause of exactly ${timeoutMinutes} minutes does too`
      : `after a pause of exactly ${timeoutMinutes} minutes it goes on`;
  return `A session ends after more than ${timeoutMinutes} minutes without an event; ${edge}.`;
}

function longestWords({ maxHours, maxEvents }: SessionSettings): string {
  const time = maxHours === 'none' ? 'as long as it goes on' : `${hours(maxHours)} at most`;
  const size = maxEvents === 'none' ? '' : `, and has ${maxEvents} events at most`;
  return `It lasts ${time}${size}.`;
}

function midnightWords({ midnight }: SessionSettings): string {
  return midnight === 'none' ? 'Midnight changes nothing.' : `Midnight in ${midnight} begins a new session.`;
}

function campaignWords({ campaignChange, campaignKey, letterCase, directStart }: SessionSettings): string {
  if (campaignChange === 'continue') return 'Another source changes nothing: a session keeps its first one.';
  const what =
    campaignChange === 'campaign' ? 'Another campaign or paid click' : 'Another source, of whatever kind,';
  const spelling = letterCase === 'ignored' ? 'letter case aside' : 'letter case included';
  const start = directStart === 'adopts' ? ' A session without a source adopts it instead.' : '';
  return `${what} begins a new session; they are told apart by ${campaignKey.join(', ')}, ${spelling}. A direct visit never does.${start}`;
}

const heartbeatWords: Readonly<Record<SessionSettings['heartbeats'], string>> = {
  ignore: 'Page pings and other signs of life add their time and neither begin nor extend a session.',
  extend: 'Page pings and other signs of life extend a session and never begin one.',
  begin: 'Page pings and other signs of life begin and extend sessions as views do.',
};

function attributionWords({ attribution, lookBackDays }: SessionSettings): string {
  if (attribution === 'session') return 'It goes by its own source: the first that it shows.';
  if (attribution === 'first') return "It goes by the visitor's first source.";
  return `It goes by its own source; a direct session by the visitor's last other source of the ${lookBackDays} days before.`;
}

function hours(count: number): string {
  return count === 1 ? 'one hour' : `${count} hours`;
}
