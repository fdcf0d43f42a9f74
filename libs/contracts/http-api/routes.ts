import { CALL_ROUTES } from './call-routes.ts';
import { RESOURCE_ROUTES } from './resource-routes.ts';

/** Every operation of the public API by name: handlers, documentation and tests are made from this table. */
export const ROUTES = { ...CALL_ROUTES, ...RESOURCE_ROUTES };
export type RouteName = keyof typeof ROUTES;
