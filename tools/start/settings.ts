import { join, resolve } from 'node:path';

/** What `npm start` was asked to do, read once from its arguments and environment. */
export interface Settings {
  /** The repository: node_modules and dist lie here. */
  root: string;
  dist: string;
  /** This stack's own folder: data, logs, pids. */
  home: string;
  demo: boolean;
  /** `CALLPLANE_PORTS=free`: no fixed port at all, for several stacks on one machine. */
  freePorts: boolean;
  /** App -> how many processes of it. */
  replicas: Record<string, number>;
  trunkUri: string | undefined;
  /** Servers that may run already. */
  databaseUrl: string | undefined;
  natsUrl: string | undefined;
  livekitUrl: string | undefined;
  env: NodeJS.ProcessEnv;
}

/** Throws a sentence for an argument or value that is not understood. */
export function readSettings(root: string, args: string[], env: NodeJS.ProcessEnv): Settings {
  const unknown = args.filter((arg) => arg !== '--no-demo');
  if (unknown.length > 0) throw new Error(`npm start does not know ${unknown.join(' ')}; it knows --no-demo.`);
  const ports = env['CALLPLANE_PORTS'];
  if (ports && ports !== 'free') throw new Error(`CALLPLANE_PORTS can only be "free", not "${ports}".`);
  return {
    root,
    dist: join(root, 'dist'),
    home: resolve(env['CALLPLANE_HOME'] ?? join(root, '.callplane')),
    demo: !args.includes('--no-demo'),
    freePorts: ports === 'free',
    replicas: readReplicas(env['CALLPLANE_REPLICAS'] ?? ''),
    trunkUri: env['CALLPLANE_TRUNK_URI'],
    databaseUrl: env['DATABASE_URL'],
    natsUrl: env['NATS_URL'],
    livekitUrl: env['LIVEKIT_URL'],
    env,
  };
}

/** `dispatcher=2,media-bridge=3` */
function readReplicas(text: string): Record<string, number> {
  const pairs = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [app = '', count = ''] = pair.split('=').map((part) => part.trim());
      if (!app || !/^[1-9]\d?$/.test(count)) {
        throw new Error(`CALLPLANE_REPLICAS is a list like dispatcher=2,media-bridge=2; "${pair}" does not fit.`);
      }
      return [app, Number(count)];
    }),
  );
}
