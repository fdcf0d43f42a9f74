/** Injection token of the app's `SpeechProviders`. */
export const PROVIDERS = Symbol('speech-providers');
