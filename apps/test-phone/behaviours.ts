/** One thing the phone does. Milliseconds throughout. */
export type Step =
  | { readonly do: 'ring' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'refuse'; readonly status: number; readonly reason: string }
  | { readonly do: 'answer' }
  /** Plays a recording to its end; the phone keeps listening meanwhile. */
  | { readonly do: 'say'; readonly recording: string }
  | { readonly do: 'beep'; readonly ms: number }
  /** Until the agent has spoken and fallen silent; goes on after `patienceMs` with a mute one. */
  | { readonly do: 'listen'; readonly patienceMs: number }
  /** Until the agent begins to speak; goes on after `patienceMs`. */
  | { readonly do: 'await-speech'; readonly patienceMs: number }
  /** Stops sending RTP altogether, not even silence. */
  | { readonly do: 'stop-media' }
  | { readonly do: 'hang-up' }
  /** Silent until the other side ends the call. */
  | { readonly do: 'stay' };

/** What the phone does when this number is dialled. */
export interface Behaviour {
  readonly number: string;
  readonly doc: string;
  readonly steps: readonly Step[];
}

const PATIENCE_MS = 15_000;

const ring: Step = { do: 'ring' };
const answer: Step = { do: 'answer' };
const hangUp: Step = { do: 'hang-up' };
const stay: Step = { do: 'stay' };
const listen: Step = { do: 'listen', patienceMs: PATIENCE_MS };
/** A person waits a moment for the greeting of whoever called. */
const greeted: Step = { do: 'listen', patienceMs: 3_000 };
const awaitSpeech: Step = { do: 'await-speech', patienceMs: PATIENCE_MS };
const wait = (ms: number): Step => ({ do: 'wait', ms });
const say = (recording: string): Step => ({ do: 'say', recording: `${recording}.wav` });
const refuse = (status: number, reason: string): Step => ({ do: 'refuse', status, reason });
const answerAfter = (ms: number): Step[] => [ring, wait(ms), answer, wait(300)];
const interrupt = (recording: string): Step[] => [awaitSpeech, wait(700), say(recording), listen];

/** The only table of behaviours; the number is the user part of the Request-URI, with or without the plus. */
export const BEHAVIOURS: readonly Behaviour[] = [
  {
    number: '+15550100001',
    doc: 'answers after 1 s, waits for the greeting, asks two questions, says goodbye and hangs up',
    steps: [
      ...answerAfter(1_000),
      greeted,
      say('what-time-do-you-open-tomorrow'),
      listen,
      say('i-would-like-to-book-a-table-for-two'),
      listen,
      say('thank-you-goodbye'),
      hangUp,
    ],
  },
  {
    number: '+15550100002',
    doc: 'rings 3 s, then 480: voicemail before connect',
    steps: [ring, wait(3_000), refuse(480, 'Temporarily Unavailable')],
  },
  { number: '+15550100003', doc: 'busy, 486 at once', steps: [refuse(486, 'Busy Here')] },
  { number: '+15550100004', doc: 'rings 2 s, then declines, 603', steps: [ring, wait(2_000), refuse(603, 'Decline')] },
  { number: '+15550100005', doc: 'rings and never answers', steps: [ring, stay] },
  { number: '+15550100006', doc: 'wrong number, 404 at once', steps: [refuse(404, 'Not Found')] },
  { number: '+15550100007', doc: 'blocked, 403 at once', steps: [refuse(403, 'Forbidden')] },
  { number: '+15550100008', doc: 'trunk down, 503 at once', steps: [refuse(503, 'Service Unavailable')] },
  {
    number: '+15550100009',
    doc: 'answers after 0.5 s and stays silent until the other side hangs up',
    steps: [...answerAfter(500), stay],
  },
  {
    number: '+15550100010',
    doc: 'answers, talks, says goodbye and waits for the agent to end the call',
    steps: [...answerAfter(1_000), greeted, say('no-thank-you'), listen, say('thank-you-goodbye'), stay],
  },
  { number: '+15550100011', doc: 'unreachable, 480 at once', steps: [refuse(480, 'Temporarily Unavailable')] },
  {
    number: '+15550100012',
    doc: 'rings 3 s, then 486: the person pressed decline',
    steps: [ring, wait(3_000), refuse(486, 'Busy Here')],
  },
  {
    number: '+15550100013',
    doc: 'answering machine: answers after 0.2 s, greeting, beep, then silence',
    steps: [
      ...answerAfter(200),
      say('we-can-not-come-to-the-phone'),
      say('leave-a-message-after-the-tone'),
      { do: 'beep', ms: 500 },
      stay,
    ],
  },
  {
    number: '+15550100014',
    doc: 'answers and speaks over the agent twice (barge-in), then says goodbye and hangs up',
    steps: [
      ...answerAfter(1_000),
      greeted,
      say('hello-who-is-this'),
      ...interrupt('please-wait-a-moment'),
      say('what-time-do-you-open-tomorrow'),
      ...interrupt('what-time-do-you-close'),
      say('yes-please'),
      listen,
      say('thank-you-goodbye'),
      hangUp,
    ],
  },
  {
    number: '+15550100015',
    doc: 'answers after 0.5 s and never sends a single RTP packet',
    steps: [ring, wait(500), { do: 'stop-media' }, answer, stay],
  },
  {
    number: '+15550100016',
    doc: 'answers, greets, then its media stops while the call stays up',
    steps: [...answerAfter(500), say('hello-who-is-this'), { do: 'stop-media' }, stay],
  },
];

/** Any number that is not in the table behaves like this one. */
export const DEFAULT_NUMBER = '+15550100001';

function digitsOf(number: string): string {
  return number.startsWith('+') ? number.slice(1) : number;
}

/** The behaviour of a dialled number, with or without the plus; the default one for any other. */
export function behaviourFor(dialled: string): Behaviour {
  const find = (number: string): Behaviour | undefined =>
    BEHAVIOURS.find((b) => digitsOf(b.number) === digitsOf(number));
  const found = find(dialled) ?? find(DEFAULT_NUMBER);
  if (!found) throw new Error('the behaviour table has lost its default');
  return found;
}

/** What is left to do for a call the phone placed itself: the other side answers, so everything up to our answer falls away. */
export function stepsAfterAnswer(behaviour: Behaviour): readonly Step[] {
  const answered = behaviour.steps.findIndex((step) => step.do === 'answer');
  return answered < 0 ? [stay] : behaviour.steps.slice(answered + 1);
}
