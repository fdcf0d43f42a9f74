/** A problem the person at the terminal can act on: printed as one sentence, without a stack. */
export class SetupError extends Error {}

const started = Date.now();

/** One aligned line: what it is about, and what happened. */
export function say(subject, text) {
  console.log(`  ${subject.padEnd(12)} ${text}`);
}

export function heading(text) {
  console.log(`\n${text}`);
}

export function seconds(since = started) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** Prints a line when ten seconds pass without `tick` being called through; returns the function that ends it. */
export function heartbeat(subject, describe) {
  const since = Date.now();
  const timer = setInterval(() => say(subject, `... ${seconds(since)}, ${describe()}`), 9000);
  return () => clearInterval(timer);
}
