import { describe, expect, it } from 'vitest';
import { END_REASON_CATALOGUE } from './catalogue.ts';
import { END_REASONS, FAULTS, FINALS, RETRIES } from './end-reasons.ts';
import { renderEndReasons, renderTable } from './render-end-reasons.ts';

describe('the catalogue', () => {
  it('has 45 rows, numbered in order', () => {
    expect(END_REASONS).toHaveLength(45);
    expect(END_REASONS.map((reason) => END_REASON_CATALOGUE[reason].number)).toEqual(
      END_REASONS.map((_reason, index) => index + 1),
    );
  });

  it.each(END_REASONS)('%s is described in the words of the catalogue', (reason) => {
    const row = END_REASON_CATALOGUE[reason];
    expect(FINALS).toContain(row.final);
    expect(FAULTS).toContain(row.fault);
    expect(RETRIES).toContain(row.retry);
    expect(row.sentence).toMatch(/^[A-Z].*\.$/);
    expect(row.wire).not.toBe('');
  });

  it("keeps the lifecycle page's ten names", () => {
    expect(END_REASONS.filter((reason) => END_REASON_CATALOGUE[reason].page)).toEqual([
      'USER_HUNG_UP_IN_CALL',
      'AGENT_HUNG_UP_SILENCE_DETECTED',
      'AGENT_HUNG_UP_VOICEMAIL_DETECTED',
      'MAX_DURATION_REACHED',
      'IDLE_TIMEOUT',
      'USER_DID_NOT_PICK_UP',
      'USER_HUNG_UP_RINGING',
      'VOICEMAIL_DETECTED_PRECONNECT',
      'SIP_FAILED_WRONG_NUMBER',
      'SIP_FAILED_NUMBER_BLOCKED',
    ]);
  });
});

describe('the printed page', () => {
  const page = renderEndReasons();

  it.each(END_REASONS)('tells about %s', (reason) => {
    const line = page.split('\n').find((candidate) => candidate.includes(`| \`${reason}\``));
    expect(line).toContain(END_REASON_CATALOGUE[reason].sentence);
    expect(line?.includes('(not yet)')).toBe(!END_REASON_CATALOGUE[reason].canHappenNow);
  });

  it('marks what must not be called again and what changes once active', () => {
    expect(page).toContain('never, suppress');
    expect(page).toContain('soon (no once active)');
    expect(page).toContain('| 5xx, others | `SIP_FAILED_TRUNK_UNAVAILABLE` |');
    expect(page.endsWith('\n')).toBe(true);
  });

  it('keeps bars out of table cells', () => {
    expect(renderTable(['a'], [['x|y']])).toBe('| a |\n| --- |\n| x\\|y |');
  });
});
