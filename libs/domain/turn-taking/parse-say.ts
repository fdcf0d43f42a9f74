/** What an `agent.say` frame asks for. The SDK sends its controls as text; none of them may be spoken. */
export type Say =
  | { readonly kind: 'speech'; readonly text: string }
  | { readonly kind: 'filler'; readonly text: string }
  | { readonly kind: 'recording-pause'; readonly reason: string }
  | { readonly kind: 'recording-resume' };

const FILLER = '__filler:';
const RECORDING_PAUSE = '__recording_pause';
const RECORDING_RESUME = '__recording_resume';

/** Recognises the SDK's sentinels (`__filler:<text>`, `__recording_pause:<reason>`, `__recording_resume`). */
export function parseSay(text: string): Say {
  const trimmed = text.trim();
  if (trimmed.startsWith(FILLER)) return { kind: 'filler', text: trimmed.slice(FILLER.length).trim() };
  if (trimmed === RECORDING_PAUSE || trimmed.startsWith(`${RECORDING_PAUSE}:`)) {
    return { kind: 'recording-pause', reason: trimmed.slice(RECORDING_PAUSE.length + 1).trim() };
  }
  if (trimmed === RECORDING_RESUME || trimmed.startsWith(`${RECORDING_RESUME}:`)) return { kind: 'recording-resume' };
  return { kind: 'speech', text };
}
