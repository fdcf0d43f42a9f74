import { END_REASON_CATALOGUE } from './catalogue.ts';
import { END_REASONS } from './end-reasons.ts';
import { PRECEDENCE, type PrecedenceClass } from './precedence.ts';
import { PROVIDER_RULES } from './provider-rules.ts';
import { Q850_REASONS } from './q850.ts';
import { SIP_CLASS_REASONS, SIP_STATUS_REASONS } from './sip-status.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts';

const PRECEDENCE_TEXT: Readonly<Record<PrecedenceClass, string>> = {
  leg_failed: 'the leg failed: a final SIP failure response, or no response at all',
  far_end_hung_up: "the far end's BYE or CANCEL",
  operator: 'a hang-up through the API',
  agent: 'the agent: `end_call`, a closed socket, a transfer',
  detector: 'a detector: voicemail, phone menu, silence',
  deadline: 'a deadline: longest duration, ringing, idle, queue age, agent wait',
  loss: 'the loss of a runner, of media or of a process',
  other: 'anything else',
};

const THRESHOLD_TEXT: Readonly<Record<keyof Thresholds, string>> = {
  settleMs: 'causes this close together compete by precedence',
  confirmMs: 'longest wait for the confirmation of our own BYE or CANCEL',
  briefRingMinMs: '480 after less ringing: USER_UNREACHABLE',
  briefRingMaxMs: '480 after at least this much ringing: USER_DID_NOT_PICK_UP; between the two, a voicemail',
  declineRingMs: '486 after at least this much ringing: USER_HUNG_UP_RINGING, else USER_BUSY',
  voicemailWindowMs: 'the far end leaves an answered call within this time without a caller turn: a voicemail',
  runnerReturnMs: 'how long a call waits for a runner whose connection broke',
  connectMs: 'how long an answered call waits for its bridge',
};

/** A markdown table; bars inside cells are escaped. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function reasonRows(): string[][] {
  return END_REASONS.map((reason) => {
    const row = END_REASON_CATALOGUE[reason];
    const retry = row.retryIfActive === undefined ? row.retry : `${row.retry} (${row.retryIfActive} once active)`;
    return [
      `${row.number}`,
      `\`${reason}\`${row.page ? ' *page*' : ''}${row.canHappenNow ? '' : ' (not yet)'}`,
      row.final,
      row.fault,
      row.suppress === true ? `${retry}, suppress` : retry,
      row.wire,
      row.sentence,
    ];
  });
}

function mapRows(map: Readonly<Record<number, string>>, suffix = ''): string[][] {
  return Object.entries(map).map(([code, reason]) => [`${code}${suffix}`, `\`${reason}\``]);
}

/** docs/end-reasons.md, printed from the catalogue and its maps. */
export function renderEndReasons(): string {
  return `${[
    '# End reasons',
    'Printed from `libs/domain/end-reason` by `tools/gen-docs`. Do not edit.',
    'Every call that is over has exactly one of these reasons, and it never changes. `completed` if and only if the call ' +
      'was ever active. Names marked *page* are those of the lifecycle page; those marked "not yet" are reserved: ' +
      'nothing in the platform produces them so far.',
    renderTable(['#', 'Reason', 'Final', 'Fault', 'Retry', 'On the wire (Q.850)', 'Meaning'], reasonRows()),
    '## Precedence',
    'The cause that set the ending in motion decides. Causes within the settle window of the first one rank in this ' +
      'order; the losing ones are kept as evidence. Our own BYE or CANCEL is a consequence, never a cause.',
    PRECEDENCE.map((name, index) => `${index + 1}. ${PRECEDENCE_TEXT[name]}`).join('\n'),
    '## Thresholds',
    renderTable(
      ['Name', 'Default', 'Rule'],
      (Object.keys(THRESHOLD_TEXT) as (keyof Thresholds)[]).map((name) => [
        `\`${name}\``,
        `${DEFAULT_THRESHOLDS[name]} ms`,
        THRESHOLD_TEXT[name],
      ]),
    ),
    '## SIP status',
    'An exact status first, else its class. 403 after a challenge we answered is `SIP_FAILED_AUTH`, else ' +
      '`SIP_FAILED_NUMBER_BLOCKED`; 480 and 486 depend on how long the phone rang. Beside 400, 480, 500, 502, 503 and ' +
      '504 a Q.850 cause is believed before the status.',
    renderTable(['Status', 'Reason'], [...mapRows(SIP_STATUS_REASONS), ...mapRows(SIP_CLASS_REASONS, 'xx, others')]),
    '## Q.850 cause',
    renderTable(['Cause', 'Reason'], mapRows(Q850_REASONS)),
    '## What providers add',
    renderTable(
      ['Rule', 'Status', 'Reason', 'The case that taught us'],
      PROVIDER_RULES.map((rule) => [rule.id, rule.statuses.join(', '), `\`${rule.reason}\``, rule.learnt]),
    ),
  ].join('\n\n')}\n`;
}
