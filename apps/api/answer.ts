/** What a handler answers: `data` goes into the envelope, an undefined one gives a body-less answer. */
export class Answer {
  readonly data: unknown;
  /** Default: the status of the route. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(data: unknown, status?: number, headers: Readonly<Record<string, string>> = {}) {
    this.data = data;
    this.status = status;
    this.headers = headers;
  }
}

/** A request that is turned down: a stable code for machines, and a sentence that says what to do. */
export class Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly errors: { field: string; problem: string }[] | undefined;
  constructor(status: number, code: string, message: string, errors?: { field: string; problem: string }[]) {
    this.status = status;
    this.code = code;
    this.message = message;
    this.errors = errors;
  }
}

/** Carries a refusal out of places that can only throw: parsers and guards. */
export class RefusedError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}
