export * from './control-frames.ts';
export * from './bridge-frames.ts';
