import { createLogger } from '@callplane/telemetry';
import { describe, expect, it } from 'vitest';
import { LegJournal, type JournalEntry } from './leg-journal.ts';

interface Entry extends JournalEntry {
  readonly gateway: 'embedded';
  readonly n: number;
}

describe('LegJournal', () => {
  it('writes one after the other for each call, and goes on after a failure', async () => {
    const done: string[] = [];
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const journal = new LegJournal<Entry>(
      {
        save: async (callId, node, dialog) => {
          await pause(dialog['n'] === 1 ? 10 : 0);
          if (dialog['n'] === 2) throw new Error('the database is away');
          done.push(`save ${callId} ${node} ${String(dialog['n'])}`);
        },
        remove: (callId) => Promise.resolve(void done.push(`remove ${callId}`)),
        heldBy: () => Promise.resolve([]),
      },
      'node',
      createLogger('test', 'test', 'silent'),
    );
    journal.save('a', { gateway: 'embedded', n: 1 });
    journal.save('a', { gateway: 'embedded', n: 2 });
    void journal.remove('a');
    journal.save('b', { gateway: 'embedded', n: 3 });
    await journal.settle();
    expect(done).toEqual(['save b node 3', 'save a node 1', 'remove a']);
  });
});
