import { FACT_TYPES, type FactType } from './facts.ts';
import type { CallState } from './states.ts';

/**
 * A cell says what a fact does to a call in a state: go to a state; stay (`same`, the fact is noted); `connect` (to
 * active as soon as the leg is answered and the bridge is ready, whichever comes last); `ending` (the fact is a cause:
 * the settle window opens or takes it in); `late` (expected here, changes nothing). No cell: illegal, a bug.
 */
export type Cell = CallState | 'same' | 'connect' | 'ending' | 'late';

/** One row of the table. */
export type CallRow = Readonly<Partial<Record<FactType, Cell>>>;

const LATE_ROW = Object.fromEntries(FACT_TYPES.map((type) => [type, 'late'])) as Record<FactType, 'late'>;

/** Causes that can meet a call in every living state. */
const ANYWHERE = {
  'runner-ended': 'ending',
  'runner-lost': 'ending',
  'agent-unavailable': 'ending',
  'worker-lost': 'ending',
  'hangup-requested': 'ending',
  'deadline-passed': 'ending',
  'leg-ended': 'ending',
} as const satisfies CallRow;

/** Causes that need a bridge or a leg. */
const ONCE_DIALLED = {
  ...ANYWHERE,
  'bridge-lost': 'ending',
  'speech-failed': 'ending',
  'audio-missing': 'ending',
  'media-lost': 'ending',
  'voicemail-detected': 'ending',
} as const satisfies CallRow;

const SETTING_UP = {
  ...ONCE_DIALLED,
  'call-claimed': 'late',
  'claim-released': 'late',
  'dial-started': 'late',
  'runner-attached': 'same',
  'runner-detached': 'same',
  'bridge-ready': 'connect',
  'leg-answered': 'connect',
  'caller-spoke': 'same',
  'agent-spoke': 'same',
} as const satisfies CallRow;

/** What each fact does in each state. The one place where a call's moves are written down. */
export const CALL_TABLE = {
  queued: {
    ...ANYWHERE,
    'call-claimed': 'same',
    'claim-released': 'same',
    'runner-attached': 'same',
    'runner-detached': 'same',
    'dial-started': 'dialing',
    'dial-failed': 'ending',
  },
  dialing: { ...SETTING_UP, 'leg-ringing': 'ringing', 'dial-failed': 'ending' },
  ringing: { ...SETTING_UP, 'leg-ringing': 'same', 'inbound-refused': 'ending' },
  active: {
    ...ONCE_DIALLED,
    'call-claimed': 'late',
    'claim-released': 'late',
    'dial-started': 'late',
    'leg-ringing': 'late',
    'bridge-ready': 'late',
    'leg-answered': 'late',
    'runner-attached': 'same',
    'runner-detached': 'same',
    'caller-spoke': 'same',
    'agent-spoke': 'same',
    'transfer-ended': 'ending',
  },
  ended: LATE_ROW,
  not_connected: LATE_ROW,
  canceled: LATE_ROW,
} as const satisfies Record<CallState, CallRow>;
