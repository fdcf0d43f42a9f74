import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVoiceList } from './espeak-languages.ts';
import { findEspeak } from './find-espeak.ts';
import { installSentence, programFor, voicesOf } from './local-voice.ts';
import { encodeOrder, LineReader } from './recogniser-wire.ts';
import { splitClauses } from './split-clauses.ts';
import { WavReader } from './wav-reader.ts';
import { WorkSlots } from './work-slots.ts';

describe('clauses', () => {
  it('are cut where a speaker pauses', () => {
    expect(splitClauses('Good morning, this is Ann. How may I help you today?')).toEqual([
      'Good morning,',
      'this is Ann.',
      'How may I help you today?',
    ]);
  });

  it('keep numbers, titles and short words together', () => {
    expect(splitClauses('It costs 1,200.50 dollars, please ask Dr. Smith now.')).toEqual([
      'It costs 1,200.50 dollars,',
      'please ask Dr. Smith now.',
    ]);
    expect(splitClauses('No, I will not.')).toEqual(['No, I will not.']);
    expect(splitClauses('नमस्ते जी आप कैसे हैं। मैं ठीक हूँ और आप कहाँ हैं?')).toHaveLength(2);
  });

  it('are empty where there is nothing to say', () => {
    expect(splitClauses('')).toEqual([]);
    expect(splitClauses(' ... \n - !')).toEqual([]);
  });

  it('keep every word in order, and are never long', () => {
    const word = fc.stringMatching(/^[a-z]{1,9}[.,;:!?]?$/);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 120 }), (words) => {
        const clauses = splitClauses(words.join(' '));
        expect(clauses.join(' ')).toBe(words.join(' '));
        for (const clause of clauses) expect(clause.length).toBeLessThanOrEqual(200);
      }),
    );
    expect(splitClauses('x'.repeat(400)).map((clause) => clause.length)).toEqual([180, 180, 40]);
  });
});

describe('the WAV reader', () => {
  function wav(samples: number[], options: { channels?: number; extra?: boolean } = {}): Buffer {
    const head = Buffer.alloc(20 + 16);
    head.write('RIFF', 0);
    head.writeUInt32LE(0x7ffff000, 4);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(options.channels ?? 1, 22);
    head.writeUInt32LE(22050, 24);
    head.writeUInt16LE(16, 34);
    const extra = options.extra === true ? Buffer.from('LIST\x03\0\0\0abc\0', 'latin1') : Buffer.alloc(0);
    const data = Buffer.from('data\0\xf0\xff\x7f', 'latin1');
    return Buffer.concat([head, extra, data, Buffer.from(Int16Array.from(samples).buffer)]);
  }

  it('reads whatever the pieces, whatever the header says about lengths', () => {
    for (const size of [1, 3, 7, 1000]) {
      const reader = new WavReader();
      const bytes = wav([1, -2, 3, -4], { extra: true });
      const read: number[] = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
      expect(read).toEqual([1, -2, 3, -4]);
      expect(reader.sampleRate).toBe(22050);
    }
  });

  it('refuses what is no mono WAV', () => {
    expect(() => new WavReader().push(Buffer.from('Error: no such voice'))).toThrow('did not write WAV');
    expect(() => new WavReader().push(wav([1, 2], { channels: 2 }))).toThrow('mono');
  });
});

describe('the recogniser wire', () => {
  it('frames orders as the child reads them', () => {
    expect([...encodeOrder(0x0102, { t: 'start', utterance: 5 })]).toEqual([83, 2, 1, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0]);
    expect([...encodeOrder(1, { t: 'audio', pcm: Uint8Array.of(9, 8) })]).toEqual([65, 1, 0, 0, 0, 2, 0, 0, 0, 9, 8]);
    expect([...encodeOrder(1, { t: 'close' })]).toEqual([67, 1, 0, 0, 0, 0, 0, 0, 0]);
    const open = encodeOrder(1, { t: 'open', phrases: ['a'], cmninit: '1' }).subarray(9);
    expect(JSON.parse(open.toString())).toEqual({ phrases: ['a'], cmninit: '1' });
  });

  it('reads lines however they are cut, and leaves out what is none', () => {
    const reader = new LineReader();
    expect(reader.push('{"t":"rea')).toEqual([]);
    expect(reader.push('dy"}\nnoise\n{"t":"other"}\n{"t":"open","s":1,')).toEqual([{ t: 'ready' }]);
    expect(reader.push('"missing":["x"]}\n')).toEqual([{ t: 'open', s: 1, missing: ['x'] }]);
  });
});

describe('local voices', () => {
  const languages = new Set(['en', 'en-us', 'hi', 'pt-br']);
  const system = { command: '/bin/espeak-ng', prefix: [], packaged: false };
  const both = { espeak: system, flite: '/bin/flite', espeakLanguages: languages };
  const argsOf = (voice: string, language: string) => programFor(voice, language, both).args.slice(0, 2).join(' ');

  it('take the language of the stream, without its region if need be', () => {
    expect(argsOf('default', 'en-IN')).toBe('-v en');
    expect(argsOf('default', 'pt_BR')).toBe('-v pt-br');
    expect(argsOf('espeak:auto', 'hi-IN')).toBe('-v hi');
    expect(argsOf('espeak:en-US+f3', 'hi')).toBe('-v en-us+f3');
    expect(() => programFor('default', 'xx', both)).toThrow("does not speak 'xx'");
    expect(() => programFor('espeak:en -x', 'en', both)).toThrow('has no voice');
  });

  it('speak through the packaged program with the same arguments', () => {
    const packaged = { command: '/bin/node', prefix: ['/voice.js'], packaged: true };
    const program = programFor('espeak:hi', 'en', { ...both, espeak: packaged });
    expect([program.command, ...program.args]).toEqual(['/bin/node', '/voice.js', '-v', 'hi', '-s', '165']);
  });

  it('are those of the programs that are here', () => {
    expect(voicesOf({ espeak: undefined, flite: undefined })).toEqual([]);
    expect(voicesOf(both).map((voice) => voice.id)).toContain('espeak:en');
    expect(programFor('default', 'en', { ...both, espeak: undefined }).engine).toBe('flite');
    expect(programFor('flite:rms', 'en', { ...both, flite: undefined }).engine).toBe('espeak-ng');
    expect(() => programFor('flite:rms', 'en', { ...both, flite: undefined, espeak: undefined })).toThrow(
      'flite is not installed',
    );
  });

  it('prefer the installed espeak-ng to the packaged one', () => {
    expect(findEspeak('/nowhere', () => '/voice.js')).toMatchObject({ prefix: ['/voice.js'], packaged: true });
    expect(findEspeak('/nowhere', () => undefined)).toBeUndefined();
  });

  it('name the command that installs them', () => {
    expect(installSentence('flite', 'darwin')).toContain('`brew install flite`');
    expect(installSentence('flite', 'linux')).toContain('apt-get install');
  });

  it('are read from the list of espeak-ng', () => {
    const listing =
      'Pty Language Age/Gender VoiceName File Other\n' +
      ' 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)\n' +
      ' 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)(en-uk 2)\n';
    const names = readVoiceList(listing);
    for (const name of ['pt-br', 'pt', 'roa/pt-br', 'en-gb', 'en', 'en-uk', 'portuguese_(brazil)']) {
      expect(names.has(name), name).toBe(true);
    }
    expect(names.has('language')).toBe(false);
  });
});

describe('work slots', () => {
  it('let in so many, and the others in their order', async () => {
    const slots = new WorkSlots(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await slots.take();
      order.push(name);
      return leave;
    };
    const [a, b] = await Promise.all([enter('a'), enter('b')]);
    const c = enter('c');
    const d = enter('d');
    await Promise.resolve();
    expect(order).toEqual(['a', 'b']);
    a();
    a();
    await c;
    expect(order).toEqual(['a', 'b', 'c']);
    b();
    await d;
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });
});
