import { FirstSchema1795300000001 } from './0001-first-schema.ts';

/** In the order they run. A landed migration is never edited; a change is a new one. */
export const MIGRATIONS = [FirstSchema1795300000001];
