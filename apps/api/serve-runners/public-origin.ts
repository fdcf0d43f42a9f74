/** Origin of bridge URLs from the configured one: `https://host/path` -> `wss://host`; undefined when nothing is configured. */
export function publicSocketOrigin(url: string | undefined): string | undefined {
  if (url === undefined || url === '') return undefined;
  const { protocol, host } = new URL(url);
  return `${/^(https|wss):$/.test(protocol) ? 'wss' : 'ws'}://${host}`;
}
