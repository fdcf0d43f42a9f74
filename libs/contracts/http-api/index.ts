export * from './call-view.ts';
export * from './create-call.ts';
export * from './error-body.ts';
export * from './webhook-events.ts';
