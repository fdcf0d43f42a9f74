export * from './servers/index.ts';
export { answerCommands, type AnsweredCommand, type CommandAnswers } from './fakes/answer-commands.ts';
export { waitFor } from './fakes/wait-for.ts';
export * from './sipp/far-end-steps.ts';
export { play } from './sipp/play-audio.ts';
export { startFarEnd, type FarEnd, type FarEndOptions } from './sipp/run-sipp.ts';
