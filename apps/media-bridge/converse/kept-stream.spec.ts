import type { SpeechRefusal } from '@callplane/contracts';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from './fake-ports.suite.ts';
import { KeptStream } from './kept-stream.ts';

interface Worker {
  readonly id: string;
}

class Speech {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  /** Answers to requests, in order; then every request succeeds. */
  answers: (SpeechRefusal | Error | Promise<void>)[] = [];
  readonly stream = new KeptStream<Worker>(
    'cal_1-hear',
    {
      request: async (streamId) => {
        this.log.push(`ask ${streamId}`);
        const answer = this.answers.shift();
        if (answer instanceof Error) throw answer;
        if (answer instanceof Promise) await answer;
        else if (answer !== undefined) return answer;
        return { ok: true, id: streamId };
      },
      listen: (streamId) => {
        this.log.push(`listen ${streamId}`);
        return () => this.log.push(`unlisten ${streamId}`);
      },
      ping: (worker) => this.log.push(`ping ${worker.id}`),
      close: (worker) => this.log.push(`close ${worker.id}`),
    },
    {
      opened: (worker, again) => this.log.push(`opened ${worker.id} ${again}`),
      lost: (detail) => this.log.push(`lost: ${detail}`),
      failed: (detail) => this.log.push(`failed: ${detail}`),
    },
    this.clock,
  );

  take(): string[] {
    return this.log.splice(0);
  }
}

const busy: SpeechRefusal = { ok: false, code: 'busy', message: 'full' };
const missing: SpeechRefusal = { ok: false, code: 'provider-missing', message: 'install it' };

describe('KeptStream', () => {
  it('listens before it asks, and tries another worker when one is busy or nobody answers', async () => {
    const speech = new Speech();
    speech.answers = [busy, new Error('nobody answers')];
    const opening = speech.stream.open();
    await speech.clock.advance(600);
    expect(await opening).toBeUndefined();
    expect(speech.stream.current).toMatchObject({ id: 'cal_1-hear-3' });
    expect(speech.take()).toEqual([
      'listen cal_1-hear-1',
      'ask cal_1-hear-1',
      'unlisten cal_1-hear-1',
      'listen cal_1-hear-2',
      'ask cal_1-hear-2',
      'unlisten cal_1-hear-2',
      'listen cal_1-hear-3',
      'ask cal_1-hear-3',
      'opened cal_1-hear-3 false',
    ]);
    speech.stream.close();
  });

  it('gives up at once when no worker could do better, and after six tries otherwise', async () => {
    const speech = new Speech();
    speech.answers = [missing];
    expect(await speech.stream.open()).toEqual(missing);
    speech.answers = [busy, busy, busy, busy, busy, busy];
    const opening = speech.stream.open();
    await speech.clock.advance(3000);
    expect(await opening).toEqual(busy);
    expect(speech.take().filter((line) => line.startsWith('ask'))).toHaveLength(7);
  });

  it('a worker that is silent for 1.5 s is replaced; one that is heard is kept and pinged', async () => {
    const speech = new Speech();
    await speech.stream.open();
    speech.take();
    for (let s = 0; s < 11; s += 1) {
      await speech.clock.advance(1000);
      speech.stream.heard();
    }
    expect(speech.take()).toEqual(['ping cal_1-hear-1']);
    await speech.clock.advance(1400);
    expect(speech.take()).toEqual([]);
    await speech.clock.advance(400);
    expect(speech.take().slice(0, 3)).toEqual([
      'unlisten cal_1-hear-1',
      'close cal_1-hear-1',
      'lost: the speech worker fell silent',
    ]);
    expect(speech.stream.current).toMatchObject({ id: 'cal_1-hear-2' });
    speech.stream.close();
  });

  it('says that it failed when the lost stream cannot be had again', async () => {
    const speech = new Speech();
    await speech.stream.open();
    speech.take();
    speech.answers = [missing];
    speech.stream.lost('engine failed');
    speech.stream.lost('and again');
    await settle();
    expect(speech.take().filter((line) => /lost|failed/.test(line))).toEqual([
      'lost: engine failed',
      'failed: install it',
    ]);
  });

  it('closed while a worker was answering: the worker is told, and nothing is reported', async () => {
    const speech = new Speech();
    let answer: () => void = () => undefined;
    speech.answers = [new Promise<void>((resolve) => (answer = resolve))];
    const opening = speech.stream.open();
    speech.stream.close();
    speech.stream.close();
    answer();
    expect(await opening).toBeUndefined();
    expect(speech.take()).toContain('close cal_1-hear-1');
    speech.stream.lost('x');
    await speech.clock.advance(5000);
    expect(speech.take()).toEqual([]);
  });
});
