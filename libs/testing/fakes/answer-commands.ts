import {
  commandSubject,
  COMMAND_ROUTES,
  type CommandData,
  type CommandName,
  type CommandReply,
} from '@callplane/contracts';
import type { NatsConnection } from '@callplane/messaging';

export type CommandAnswers = {
  [N in CommandName]?: (data: CommandData<N>) => CommandReply<N> | Promise<CommandReply<N>> | null;
};

export interface AnsweredCommand {
  name: CommandName;
  data: Record<string, unknown>;
}

/**
 * Plays the services behind the commands over a real NATS, in the wire form of Nest's transporter. An answer of null stays
 * silent, so the sender times out. @returns every command that arrived, in order.
 */
export function answerCommands(nc: NatsConnection, node: string, answers: CommandAnswers): AnsweredCommand[] {
  const arrived: AnsweredCommand[] = [];
  for (const name of Object.keys(answers) as CommandName[]) {
    const subject = COMMAND_ROUTES[name].to === 'node' ? commandSubject(name, node) : commandSubject(name);
    nc.subscribe(subject, {
      callback: (_error, msg) => {
        const request: { id: string; data: Record<string, unknown> } = msg.json();
        arrived.push({ name, data: request.data });
        const answer = answers[name] as (data: unknown) => unknown;
        void Promise.resolve(answer(request.data)).then((response) => {
          if (response !== null) msg.respond(JSON.stringify({ id: request.id, response, isDisposed: true }));
        });
      },
    });
  }
  return arrived;
}
