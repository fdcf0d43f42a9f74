import {
  COMMAND_ROUTES,
  commandSubject,
  COMMANDS,
  type CommandData,
  type CommandName,
  type CommandReply,
} from '@callplane/contracts';
import { nodeId } from '@callplane/config';
import { continueTrace, inSpan, type Logger } from '@callplane/telemetry';
import { Ctx, MessagePattern, Payload, type NatsContext } from '@nestjs/microservices';

/** The name of this process in subjects and call rows; fixed at load, because subjects are declared on methods. */
export const NODE_ID = nodeId('node', process.env['CALLPLANE_NODE']);

const handled = new Map<CommandName, number>();
let log: Logger | undefined;

/** Called once by startService: where handlers log, and the check that each command of this app has exactly one handler. */
export function checkCommandHandlers(app: string, logger: Logger): void {
  log = logger;
  for (const [name, route] of Object.entries(COMMAND_ROUTES) as [CommandName, (typeof COMMAND_ROUTES)[CommandName]][]) {
    const count = handled.get(name) ?? 0;
    if (route.app === app && count !== 1)
      throw new Error(`command ${name} belongs to ${app} and has ${count} handlers: it needs one`);
    if (route.app !== app && count > 0)
      throw new Error(`command ${name} belongs to ${route.app} and is handled in ${app}`);
  }
}

interface HandlerContext {
  getHeaders(): { get(name: string): string } | undefined;
}

/**
 * Declares the method that carries out a command. Data is checked before, the reply is logged after; a command whose deadline
 * has passed is refused unstarted; a throw becomes the reply `internal`.
 */
export function HandleCommand<N extends CommandName>(name: N) {
  return (
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<(data: CommandData<N>) => Promise<CommandReply<N>>>,
  ): void => {
    handled.set(name, (handled.get(name) ?? 0) + 1);
    const method = descriptor.value;
    if (method === undefined) throw new Error(`${key} is not a method`);
    const wrapped = function (this: unknown, raw: unknown, context: HandlerContext): Promise<unknown> {
      const get = (header: string): string | undefined => context.getHeaders()?.get(header) || undefined;
      const run = (): Promise<unknown> =>
        inSpan(name, { command: name, ...callIdOf(raw) }, () =>
          carryOut(name, raw, get, (data) => method.call(this, data)),
        );
      return continueTrace(get, run);
    };
    descriptor.value = wrapped as unknown as typeof method;
    // Without these two Nest hands over the data alone, and the deadline and trace in the headers would be lost.
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    MessagePattern(commandSubject(name, NODE_ID))(target, key, descriptor);
  };
}

async function carryOut<N extends CommandName>(
  name: N,
  raw: unknown,
  header: (name: string) => string | undefined,
  method: (data: CommandData<N>) => Promise<CommandReply<N>>,
): Promise<unknown> {
  const startedAt = performance.now();
  const data = COMMANDS[name].data.safeParse(raw);
  if (!data.success) {
    log?.error({ command: name, problem: data.error.issues[0] }, 'command.malformed');
    return { ok: false, code: 'malformed', message: `${name}: ${data.error.issues[0]?.message ?? 'malformed'}` };
  }
  const deadline = Number(header('Callplane-Deadline') ?? Infinity);
  if (Date.now() > deadline)
    return { ok: false, code: 'too_late', message: `${name} reached its handler after its deadline` };
  try {
    const reply = await method(data.data as CommandData<N>);
    log?.info(
      { command: name, ...callIdOf(raw), ms: Math.round(performance.now() - startedAt), ...outcomeOf(reply) },
      'command.done',
    );
    return reply;
  } catch (error) {
    log?.error({ command: name, ...callIdOf(raw), err: error }, 'command.failed');
    return { ok: false, code: 'internal', message: error instanceof Error ? error.message : String(error) };
  }
}

function callIdOf(raw: unknown): { call_id?: string } {
  const id = (raw as { callId?: unknown } | null)?.callId;
  return typeof id === 'string' ? { call_id: id } : {};
}

function outcomeOf(reply: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(reply).filter(([key]) => ['ok', 'code', 'outcome', 'node'].includes(key)));
}

export type { NatsContext };
