import { setTimeout as pause } from 'node:timers/promises';
import type { Step } from './behaviours.ts';

/** The phone as the steps of a behaviour see it. Every promise settles when the call is over. */
export interface Handset {
  /** Aborted when the call has ended, whoever ended it. */
  readonly over: AbortSignal;
  ring(): void;
  answer(): void;
  refuse(status: number, reason: string): void;
  say(recording: string): Promise<void>;
  beep(ms: number): Promise<void>;
  stopMedia(): void;
  /** Resolves when the agent falls silent after speaking, or after `patienceMs`. */
  speechEnd(patienceMs: number): Promise<void>;
  /** Resolves when the agent begins to speak, or after `patienceMs`. */
  speechStart(patienceMs: number): Promise<void>;
  hangUp(): Promise<void>;
}

async function perform(step: Step, handset: Handset): Promise<void> {
  switch (step.do) {
    case 'ring':
      return handset.ring();
    case 'answer':
      return handset.answer();
    case 'refuse':
      return handset.refuse(step.status, step.reason);
    case 'wait':
      return pause(step.ms, undefined, { signal: handset.over });
    case 'say':
      return handset.say(step.recording);
    case 'beep':
      return handset.beep(step.ms);
    case 'listen':
      return handset.speechEnd(step.patienceMs);
    case 'await-speech':
      return handset.speechStart(step.patienceMs);
    case 'stop-media':
      return handset.stopMedia();
    case 'hang-up':
      return handset.hangUp();
    case 'stay':
      return new Promise((resolve) => handset.over.addEventListener('abort', () => resolve(), { once: true }));
  }
}

/** Plays the steps in order until they are done or the call is over. `onStep` hears each before it begins. */
export async function playBehaviour(
  steps: readonly Step[],
  handset: Handset,
  onStep: (step: Step) => void,
): Promise<void> {
  for (const step of steps) {
    if (handset.over.aborted) return;
    onStep(step);
    try {
      await perform(step, handset);
    } catch (err) {
      if (!handset.over.aborted) throw err;
    }
  }
}
