import { describe, expect, it } from 'vitest';
import { platformOf } from './platform.ts';

/** What can go wrong with any platform, between it and us. */
describe.each(['snapchat', 'reddit', 'x', 'amplitude', 'mixpanel', 'posthog', 'slack', 'http'] as const)(
  '%s',
  (name) => {
    const platform = platformOf(
      name,
      () => ({ status: 200, body: name === 'slack' ? 'ok' : '{}' }),
      name === 'slack' || name === 'http' ? 'url' : 'host',
    );
    const [payload] = platform.payloads;
    if (payload === undefined) throw new Error('the golden file has no event that can be sent');

    it('gets JSON by POST, and its yes is believed', async () => {
      expect(await platform.send([payload])).toMatchObject([{ kind: 'delivered' }]);
      const [request] = platform.received;
      expect(request).toMatchObject({ method: 'POST', json: expect.anything() });
      expect(request?.headers['content-type']).toBe('application/json');
    });

    it.each([
      ['pauses after 401', { status: 401, body: { error: 'who are you' } }, { kind: 'unauthorised' }],
      [
        'comes back when it is asked to',
        { status: 429, headers: { 'retry-after': '7' }, body: {} },
        { kind: 'retry', afterMs: 7000 },
      ],
      ['tries again after 500', { status: 500, body: {} }, { kind: 'retry' }],
      ['tries again after 503 with a page', { status: 503, body: '<html>down</html>' }, { kind: 'retry' }],
      ['tries again after a closed connection', 'cut', { kind: 'retry' }],
      [
        'never follows a redirect',
        { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
        { kind: 'rejected' },
      ],
      ['gives up after 405', { status: 405, body: {} }, { kind: 'rejected' }],
    ] as const)('%s', async (_title, answer, outcome) => {
      platform.answerOnce(answer);
      expect(await platform.send([payload])).toMatchObject([outcome]);
    });

    it('keeps what it sent, and its own secrets, out of what it remembers of a refusal', async () => {
      const echo = `refused: jane@example.com s3cr3t ${JSON.stringify(payload.body)}`;
      platform.answerOnce({
        status: 400,
        body: { error: echo, message: echo, reason: echo, status: 'INVALID' },
      });
      const said = JSON.stringify(await platform.send([payload]));
      expect(said).not.toMatch(/jane@|s3cr3t|203\.0\.113|[0-9a-f]{32}/);
    });
  },
);
