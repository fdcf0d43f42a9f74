import { CLOSE_CODES } from '@callplane/contracts';
import type { RunnerRegistration, RunnerStore } from '@callplane/persistence';
import { LOGGER, RUNNER_STORE } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { JobAnswer, JobOffer } from './job-offers.ts';

/** What the registry and the command see of a control socket. */
export interface ConnectedRunner {
  /** Sends `job.assign` and waits for the `job.ack` with the same assign id, at most `ackTimeoutMs`. */
  offer(job: JobOffer, ackTimeoutMs: number): Promise<JobAnswer>;
  /** Origin of the host the runner dialled us by, `ws://` or `wss://`: one it can reach. */
  dialledOrigin(): string | undefined;
  close(code: number, reason: string): void;
}

/** The runners connected to this process, and their rows. Everything about one worker happens in order. */
@Injectable()
export class RunnerRegistry {
  private readonly store: RunnerStore;
  private readonly log: Logger;
  private readonly connections = new Map<string, ConnectedRunner>();
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(@Inject(RUNNER_STORE) store: RunnerStore, @Inject(LOGGER) log: Logger) {
    this.store = store;
    this.log = log;
  }

  find(accountId: string, workerId: string): ConnectedRunner | undefined {
    return this.connections.get(keyOf({ accountId, workerId }));
  }

  /** A worker that registers again replaces itself; its older socket is closed 1000. @throws when the database does not answer. */
  enter(connection: ConnectedRunner, registration: RunnerRegistration): Promise<void> {
    const key = keyOf(registration);
    return this.inOrder(key, async () => {
      await this.store.register(registration);
      const older = this.connections.get(key);
      this.connections.set(key, connection);
      if (older !== undefined && older !== connection)
        older.close(CLOSE_CODES.ended, 'this worker has registered again');
    });
  }

  /** A row that was swept away while the runner was silent comes back with its next heartbeat. */
  refresh(connection: ConnectedRunner, registration: RunnerRegistration, active: number): Promise<void> {
    const key = keyOf(registration);
    return this.inOrder(key, async () => {
      if (this.connections.get(key) !== connection) return;
      const { accountId, workerId, gateway } = registration;
      if (await this.store.heartbeat(accountId, workerId, gateway, active)) return;
      await this.store.register(registration);
      await this.store.heartbeat(accountId, workerId, gateway, active);
    });
  }

  /** Never rejects: a row that could not be removed is swept when it has been silent for long enough. */
  async leave(connection: ConnectedRunner, registration: RunnerRegistration): Promise<void> {
    const key = keyOf(registration);
    const { accountId, workerId, gateway } = registration;
    try {
      await this.inOrder(key, async () => {
        if (this.connections.get(key) !== connection) return;
        this.connections.delete(key);
        await this.store.remove(accountId, workerId, gateway);
      });
    } catch (error) {
      this.log.warn({ err: error, worker_id: workerId }, 'runner.row_not_removed');
    }
  }

  /** Removes the row of a worker that the database says is here and is not. */
  async forgetAbsent(accountId: string, workerId: string, gateway: string): Promise<void> {
    const key = keyOf({ accountId, workerId });
    await this.inOrder(key, async () => {
      if (!this.connections.has(key)) await this.store.remove(accountId, workerId, gateway);
    });
  }

  /** Removes the rows of runners that have been silent for too long, here or anywhere. @returns how many. */
  forgetSilent(): Promise<number> {
    return this.store.forgetSilent();
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay.values());
  }

  private inOrder(key: string, step: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(key) ?? Promise.resolve();
    const run = before.then(step, step);
    const done = run
      .catch(() => undefined)
      .then(() => {
        if (this.underWay.get(key) === done) this.underWay.delete(key);
      });
    this.underWay.set(key, done);
    return run;
  }
}

const keyOf = (of: { accountId: string; workerId: string }): string => `${of.accountId} ${of.workerId}`;
