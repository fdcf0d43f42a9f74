import type { SharedConfig } from '@callplane/config';

/** What the sockets read of the api's configuration. */
export interface SocketConfig extends SharedConfig {
  /** Origin under which runners reach this service; unset, each runner gets the host it dialled. */
  CALLPLANE_PUBLIC_URL?: string | undefined;
}
