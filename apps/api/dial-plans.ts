import { DialPlanStore, type DialPlan, type DialPlanQuestion } from '@callplane/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { RecentLookups } from './recent-lookups.ts';

/** A change of pipes, numbers or settings made at another replica is seen after at most this long. */
const CACHE_MS = 2000;
const CACHE_ENTRIES = 5000;

/** Dial plans of calls, remembered for a moment: bursts of calls by one agent read its set-up once. */
@Injectable()
export class DialPlans {
  private readonly store: DialPlanStore;
  private readonly recent = new RecentLookups<DialPlan>(CACHE_MS, CACHE_ENTRIES);

  constructor(@Inject(DialPlanStore) store: DialPlanStore) {
    this.store = store;
  }

  /** Only a plan that can be dialled is remembered: a missing agent or number counts from the moment it is there. */
  async find(question: DialPlanQuestion): Promise<DialPlan | undefined> {
    const { accountId, agentId, pipeId, fromNumber } = question;
    const key = `${accountId} ${JSON.stringify([agentId, pipeId, fromNumber])}`;
    const plan = await this.recent.find(key, () => this.store.find(question));
    if (plan?.agentKnown !== true || plan.from === null || (pipeId !== null && plan.pipe === null))
      this.recent.forget(key);
    return plan;
  }

  /** Called where this process changes what plans are made of. */
  forget(accountId: string): void {
    this.recent.forget(`${accountId} `);
  }
}
