import { renderTable } from '../end-reason/render-end-reasons.ts';
import { CALL_TABLE, type CallRow } from './call-table.ts';
import { DEADLINES } from './deadlines.ts';
import { EFFECTS, type EffectRule } from './effects-table.ts';
import { FACT_TYPES } from './facts.ts';
import { DEFAULT_CALL_SETTINGS } from './snapshot.ts';
import { CALL_STATES, isFinal, visibleStatus, type CallState } from './states.ts';

const LIVING = CALL_STATES.filter((state) => !isFinal(state));

/** The arrows of the picture: every move the table names, and the ways out. */
function arrows(): string[] {
  const moves = LIVING.flatMap((from) =>
    Object.entries(CALL_TABLE[from] satisfies CallRow)
      .map(([fact, cell]): [string, string] => [fact, cell === 'connect' ? 'active' : cell])
      .filter(([, to]) => (LIVING as readonly string[]).includes(to))
      .map(([fact, to]) => `  ${from} --> ${to}: ${fact}`),
  );
  const ends = LIVING.flatMap((from) =>
    from === 'active' ? [`  ${from} --> ended`] : [`  ${from} --> not_connected`, `  ${from} --> canceled`],
  );
  return ['  [*] --> queued: outbound', '  [*] --> ringing: inbound', ...moves, ...ends];
}

function cellOf(state: CallState, fact: (typeof FACT_TYPES)[number]): string {
  const row: CallRow = CALL_TABLE[state];
  return row[fact] ?? '-';
}

function describe(rule: EffectRule): string {
  const name = rule.event === undefined ? rule.type : `${rule.type} ${rule.event}`;
  return rule.when === 'always' ? name : `${name} (if ${rule.when})`;
}

function deadlineRows(): string[][] {
  return LIVING.flatMap((state) =>
    DEADLINES[state].map((rule) => [
      state,
      rule.deadline,
      `latest of ${rule.since.join(', ')}`,
      rule.setting === 'runnerReturnMs' || rule.setting === 'connectMs'
        ? `${rule.setting} (${DEFAULT_CALL_SETTINGS.thresholds[rule.setting]} ms)`
        : `${rule.setting} (${DEFAULT_CALL_SETTINGS[rule.setting]} ms)`,
      `\`${rule.reason}\``,
    ]),
  );
}

function effectRows(): string[][] {
  const entering = CALL_STATES.filter((state) => EFFECTS.entering[state].length > 0);
  return [
    ...entering.map((state) => [`entering ${state}`, EFFECTS.entering[state].map(describe).join(', ')]),
    ['an ending begins', EFFECTS.ending.map(describe).join(', ')],
  ];
}

/** docs/call-states.md, printed from the tables. */
export function renderCallStates(): string {
  return `${[
    '# Call states',
    'Printed from `libs/domain/call-lifecycle` by `tools/gen-docs`. Do not edit.',
    renderTable(
      ['Visible status', 'Internal state'],
      CALL_STATES.map((state) => [`\`${visibleStatus(state)}\``, `\`${state}\``]),
    ),
    ['```mermaid', 'stateDiagram-v2', ...arrows(), '```'].join('\n'),
    '## What each fact does',
    'A cell is the next state. `same`: noted. `connect`: to active once the leg is answered and the bridge is ready. ' +
      '`ending`: a cause; the settle window opens, then one reason is chosen. `late`: expected, changes nothing. ' +
      '`-`: illegal, a bug.',
    renderTable(
      ['Fact', ...CALL_STATES],
      FACT_TYPES.map((fact) => [`\`${fact}\``, ...CALL_STATES.map((state) => cellOf(state, fact))]),
    ),
    '## Deadlines',
    'An ending call has one more, `settle`, in every state.',
    renderTable(['State', 'Deadline', 'Counts from', 'Setting (default)', 'End reason'], deadlineRows()),
    '## Effects',
    renderTable(['When', 'Effects, in order'], effectRows()),
  ].join('\n\n')}\n`;
}
