import type { ConsentHit, ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import type { Draft } from '../../model/hit.ts';
import { textsOf } from '../shared/texts.ts';
import { readUsPrivacy } from '../shared/us-privacy.ts';

const places = { cookies: ['usprivacy', 'us_privacy'], parameter: 'us_privacy' };

/** IAB's US privacy string, which GPP replaces and which is still sent. */
export const source: ConsentSource = {
  name: 'us-privacy',
  kind: 'cmp',
  description:
    "IAB's US privacy string in the cookies `usprivacy` and `us_privacy` and in the parameter `us_privacy`. A `Y` in the " +
    'third place is an opt-out of sale, and with it of sharing and targeted advertising; an `N` there is no permission.',
  cookies: places.cookies,
  read,
  examples: [
    {
      title: 'opted out of sale',
      cookies: { usprivacy: '1YYN' },
      expect: { source: 'us-privacy', types: {}, optOut: true },
    },
    {
      title: 'not opted out, which permits nothing',
      query: 'us_privacy=1YNN',
      expect: { source: 'us-privacy', types: {} },
    },
    {
      title: 'the law does not apply',
      signals: { us_privacy: '1---' },
      expect: { source: 'us-privacy', types: {} },
    },
    {
      title: 'a string of a version that is not known',
      signals: { us_privacy: '2YYN' },
      expect: { source: 'us-privacy', types: {}, problem: 'the US privacy string cannot be read' },
    },
    { title: 'a hit without one', query: 'v=2', expect: null },
  ],
};

function read(hit: ConsentHit, draft: Pick<Draft, 'signals'>): Statement | null {
  const texts = textsOf(hit, draft, places);
  if (texts.length === 0) return null;
  let isOptedOut = false;
  let isUnreadable = false;
  for (const text of texts) {
    const says = readUsPrivacy(text);
    if (says === 'opted_out') isOptedOut = true;
    if (says === null) isUnreadable = true;
  }
  return {
    source: source.name,
    types: {},
    ...(isOptedOut && { optOut: true }),
    ...(isUnreadable && { problem: 'the US privacy string cannot be read' }),
  };
}
