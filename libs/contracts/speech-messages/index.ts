export * from './audio-frame.ts';
export * from './hear-caller.message.ts';
export * from './message-json.ts';
export * from './speak-to-caller.message.ts';
export * from './speech-error.ts';
export * from './speech-subjects.ts';
