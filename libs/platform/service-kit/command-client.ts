import { commandSubject, COMMANDS, type CommandData, type CommandName, type CommandReply } from '@callplane/contracts';
import { carryTrace } from '@callplane/telemetry';
import { ClientNats, NatsRecordBuilder } from '@nestjs/microservices';
import { headers } from '@nats-io/transport-node';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';

/**
 * What came of a command. `nobody`: no process answers there, so nothing was done. `unknown`: no answer within the deadline, so
 * it may or may not have been done: look, do not repeat.
 */
export type CommandOutcome<N extends CommandName> =
  { outcome: 'reply'; reply: CommandReply<N> } | { outcome: 'nobody' } | { outcome: 'unknown'; detail: string };

/** Sends commands over core NATS request/reply through Nest's client. */
export class CommandClient {
  private readonly client: ClientNats;

  constructor(natsUrl: string, name: string) {
    this.client = new ClientNats({
      servers: natsUrl.split(','),
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
    });
  }

  async connect(): Promise<void> {
    await this.client.connect();
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** `timeoutMs` travels along as a deadline: a handler that gets the command later does not start it. */
  async send<N extends CommandName>(
    name: N,
    data: CommandData<N>,
    options: { node?: string; timeoutMs: number },
  ): Promise<CommandOutcome<N>> {
    const hdrs = headers();
    for (const [key, value] of Object.entries(carryTrace())) hdrs.set(key, value);
    hdrs.set('Callplane-Deadline', String(Date.now() + options.timeoutMs));
    const record = new NatsRecordBuilder(data).setHeaders(hdrs).build();
    try {
      const subject = commandSubject(name, options.node);
      const raw: unknown = await firstValueFrom(this.client.send(subject, record).pipe(timeout(options.timeoutMs)));
      const reply = COMMANDS[name].reply.safeParse(raw);
      if (!reply.success) return { outcome: 'unknown', detail: `the answer to ${name} does not fit its contract` };
      return { outcome: 'reply', reply: reply.data as CommandReply<N> };
    } catch (error) {
      if (isNobody(error)) return { outcome: 'nobody' };
      if (error instanceof TimeoutError)
        return { outcome: 'unknown', detail: `no answer within ${options.timeoutMs} ms` };
      return { outcome: 'unknown', detail: error instanceof Error ? error.message : JSON.stringify(error) };
    }
  }
}

/** Nest answers a request nobody subscribes to with a class it does not export; NATS marks it by an empty reply. */
function isNobody(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'EmptyResponseException';
}
