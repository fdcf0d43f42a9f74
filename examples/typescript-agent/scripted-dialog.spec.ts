import { Session } from '@callplane/sdk';
import { describe, expect, it } from 'vitest';
import { answerTo, GREETING, HINTS, scriptedDialog } from './scripted-dialog.ts';

describe('answerTo', () => {
  it.each([
    ['Hello, who is this?', /Harbour Kitchen/, false],
    ['what time do you open tomorrow', /ten in the morning/, false],
    ['what time do you close', /nine in the evening/, false],
    ['I would like to book a table for two', /table for two/, false],
    ['yes please', /booked/, false],
    ['no thank you', /anything else/, false],
    ['please wait a moment', /take your time/, false],
    ['thank you', /welcome/, false],
    ['thank you goodbye', /Goodbye/, true],
    ['lorem ipsum', /did not understand/, false],
  ])('%s', (said, reply, last) => {
    const answer = answerTo(said);
    expect(answer.reply).toMatch(reply);
    expect(answer.last).toBe(last);
  });

  it('has an answer to every sentence it tells the recogniser to expect', () => {
    for (const hint of HINTS) expect(answerTo(hint).reply).not.toMatch(/did not understand/);
  });
});

describe('scriptedDialog', () => {
  it('streams words and ends the call after a goodbye', async () => {
    const session = new Session();
    const sent: Record<string, unknown>[] = [];
    session.attach((frame) => sent.push(frame));
    session.dialog = scriptedDialog;
    const done = session.run();
    session.receive({ event: 'user.text', text: 'hello' });
    session.receive({ event: 'user.text', text: 'goodbye' });
    for (let n = 0; n < 1000 && sent.at(-1)?.['event'] !== 'agent.end_call'; n += 1)
      await new Promise((resolve) => setImmediate(resolve));
    const end = sent.findIndex((frame) => frame['event'] === 'agent.text.end');
    expect(
      sent
        .slice(0, end)
        .map((frame) => frame['text'])
        .join(''),
    ).toBe(GREETING);
    expect(sent.slice(-2).map((frame) => frame['event'])).toEqual(['agent.text.end', 'agent.end_call']);
    session.close('AGENT_ENDED_CALL');
    await done;
  });
});
