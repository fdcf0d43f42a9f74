export * from './servers/index.ts';
export { answerCommands, type AnsweredCommand, type CommandAnswers } from './fakes/answer-commands.ts';
export { waitFor } from './fakes/wait-for.ts';
