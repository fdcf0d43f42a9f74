import type { Dialog } from '@callplane/sdk';

/** What callers are likely to say: the recogniser listens for these words. */
export const HINTS = [
  'hello who is this',
  'what time do you open tomorrow',
  'what time do you close',
  'I would like to book a table for two',
  'yes please',
  'no thank you',
  'please wait a moment',
  'thank you goodbye',
];

export const GREETING = 'Hello, this is the Harbour Kitchen. How can I help you?';

interface Answer {
  /** Any of these words in what the caller said. */
  words: RegExp;
  reply: string;
  /** The call is over after it. */
  last?: true;
}

/** First match wins, so what ends a call or names a wish comes before small talk. */
const ANSWERS: readonly Answer[] = [
  { words: /\b(good ?bye|bye|see you)\b/, reply: 'Thank you for calling the Harbour Kitchen. Goodbye!', last: true },
  {
    words: /\b(book|booking|table|reserve|reservation)\b/,
    reply: 'With pleasure, a table for two. Is seven in the evening all right?',
  },
  { words: /\b(close|closed|closing)\b/, reply: 'We close at nine in the evening. Would you like to book a table?' },
  {
    words: /\b(open|opening|hours|time|tomorrow)\b/,
    reply: 'We open at ten in the morning and close at nine in the evening. Would you like to book a table?',
  },
  { words: /\b(wait|moment|second)\b/, reply: 'Of course, take your time.' },
  { words: /\b(no|nope|not)\b/, reply: 'All right. Is there anything else I can do for you?' },
  { words: /\b(yes|yeah|please|sure|okay)\b/, reply: 'Wonderful, it is booked. Can I do anything else for you?' },
  { words: /\b(hello|hi|hey|who)\b/, reply: GREETING },
  { words: /\bthank/, reply: 'You are welcome. Is there anything else?' },
];

const LOST = 'I am sorry, I did not understand. You can ask for our opening hours, or book a table.';

/** What the restaurant answers to a sentence. */
export function answerTo(text: string): { reply: string; last: boolean } {
  const heard = text.toLowerCase();
  const found = ANSWERS.find(({ words }) => words.test(heard));
  return { reply: found?.reply ?? LOST, last: found?.last === true };
}

/** A brain without a model: says its answer word by word, as a model would, and hangs up after a goodbye. */
export const scriptedDialog: Dialog = {
  *stream(text, { session }) {
    const { reply, last } = answerTo(text);
    for (const word of reply.split(/(?<= )/)) yield word;
    if (last) session.end();
  },
};
