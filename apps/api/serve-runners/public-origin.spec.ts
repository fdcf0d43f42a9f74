import { expect, it } from 'vitest';
import { publicSocketOrigin } from './public-origin.ts';

it.each([
  [undefined, undefined],
  ['', undefined],
  ['https://calls.example.com/', 'wss://calls.example.com'],
  ['http://127.0.0.1:8080/api', 'ws://127.0.0.1:8080'],
])('%s gives %s', (url, origin) => {
  expect(publicSocketOrigin(url)).toBe(origin);
});
