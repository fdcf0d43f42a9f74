/** SQLSTATE classes and socket errors that mean "the server is away", not "the statement is wrong". */
const AWAY_STATES = /^(08|53|57P)/;
const AWAY_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EPIPE',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
const AWAY_TEXT =
  /connection terminated|timeout exceeded when trying to connect|driver not connected|connection timeout/i;

interface Failure {
  code?: unknown;
  message?: unknown;
  driverError?: unknown;
  errors?: unknown;
}

const codeOf = (error: unknown): string => {
  const { code, driverError } = (error ?? {}) as Failure;
  const found = (driverError as Failure | undefined)?.code ?? code;
  return typeof found === 'string' ? found : '';
};

/** True when the database could not be reached or went away: nothing is wrong with the request, try again later. */
export function isDatabaseDown(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseDown);
  const code = codeOf(error);
  return AWAY_STATES.test(code) || AWAY_SOCKET.has(code) || (error instanceof Error && AWAY_TEXT.test(error.message));
}

/** True when Postgres refused a value it cannot store (SQLSTATE class 22: NUL characters, lone surrogates, out of range). */
export function isUnstorableValue(error: unknown): boolean {
  return codeOf(error).startsWith('22');
}
