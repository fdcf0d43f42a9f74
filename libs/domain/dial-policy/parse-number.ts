/** A phone number in E.164 form, or a sentence that says what to do. */
export type ParsedNumber =
  { readonly ok: true; readonly e164: string } | { readonly ok: false; readonly message: string };

const SEPARATORS = /[\s().\-\u2010-\u2015]/gu;
const E164 = /^\+[1-9]\d{6,14}$/;

function explain(bare: string): string {
  if (bare === '') return 'The phone number is empty: give it in E.164 form, like +14155550100.';
  if (!/^\+?\d+$/.test(bare)) {
    return 'The phone number may hold only digits after a leading +: give it in E.164 form, like +14155550100.';
  }
  if (bare.startsWith('00')) return 'Replace the leading 00 of the phone number by +, like +14155550100.';
  if (!bare.startsWith('+')) return 'Put + and the country code before the phone number, like +14155550100.';
  if (bare.startsWith('+0')) return 'A country code never begins with 0: give the phone number like +14155550100.';
  return 'The phone number must have 7 to 15 digits, country code included, like +14155550100.';
}

/** Reads a phone number as people write it (spaces, dashes, dots and brackets are dropped). Never guesses a country. */
export function parseNumber(input: string): ParsedNumber {
  const bare = input.replace(SEPARATORS, '');
  return E164.test(bare) ? { ok: true, e164: bare } : { ok: false, message: explain(bare) };
}
