/** Settings as they are stored: what is undefined is left out, and null too except where null means "off". */
export function keepSettings(given: Record<string, unknown>, reserved: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => !reserved.has(name) && value !== undefined && (value !== null || name === 'silence_s'),
    ),
  );
}
