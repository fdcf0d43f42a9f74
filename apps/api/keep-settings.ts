/** Settings as they are stored: what is undefined is left out, and null too except where null means "off". */
export function keepSettings(given: Record<string, unknown>, reserved: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => !reserved.has(name) && value !== undefined && (value !== null || name === 'silence_s'),
    ),
  );
}

/** Only what is there: fields that are undefined or null are left out. */
export function onlyGiven<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given) as { [K in keyof T]?: NonNullable<T[K]> };
}
