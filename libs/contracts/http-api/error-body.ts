/** Every error answer: what went wrong, a stable `code` for machines, and a sentence that says what to do. */
export interface ErrorBody {
  status_code: number;
  code: string;
  message: string;
  /** Which fields, when the body or query did not fit. */
  errors?: { field: string; problem: string }[];
  trace_id?: string;
}
