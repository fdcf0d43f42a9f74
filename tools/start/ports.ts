import { canBindTcp, canBindUdp, freePort } from '@callplane/testing';

/** Every fixed port of a stack. Each can be moved by `CALLPLANE_PORT_<NAME>`. */
export const DEFAULT_PORTS = {
  api: 8080,
  dispatcher: 8081,
  'sip-originator': 8082,
  'media-bridge': 8083,
  'speech-adapter': 8084,
  'webhook-notifier': 8085,
  'test-phone': 8086,
  'test-phone-sip': 5070,
  'gateway-sip': 5060,
  postgres: 5433,
  nats: 4222,
  livekit: 7880,
  'livekit-udp': 7882,
} as const;

/** A port's name; what needs it, as people say it. */
export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Record<PortName, number>;

const UDP_TOO: PortName[] = ['test-phone-sip', 'gateway-sip', 'livekit-udp'];
const NAMES = Object.keys(DEFAULT_PORTS) as PortName[];

/** The variable that moves a port. */
export function portVariable(name: PortName): string {
  return `CALLPLANE_PORT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The ports of this stack: each variable if set, else a free one or the fixed one. Throws for a variable that is no port. */
export async function choosePorts(free: boolean, env: NodeJS.ProcessEnv): Promise<Ports> {
  const chosen: [PortName, number][] = [];
  for (const name of NAMES) {
    const wanted = env[portVariable(name)];
    if (wanted !== undefined && !isPort(wanted)) throw new Error(`${portVariable(name)} is not a port: "${wanted}".`);
    chosen.push([name, wanted ? Number(wanted) : free ? await freePort() : DEFAULT_PORTS[name]]);
  }
  return Object.fromEntries(chosen) as Ports;
}

/** One sentence about the first port that somebody else holds; undefined when all are free. */
export async function findBusyPort(ports: Ports, needed: readonly PortName[]): Promise<string | undefined> {
  for (const name of needed) {
    const port = ports[name];
    const free = (await canBindTcp(port)) && (!UDP_TOO.includes(name) || (await canBindUdp(port)));
    if (free) continue;
    const advice = `stop what holds it, set ${portVariable(name)} to another port, or set CALLPLANE_PORTS=free`;
    return `Port ${port} is taken and ${name} needs it: ${advice}.`;
  }
  return undefined;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}
