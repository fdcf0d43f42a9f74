import { renderAccount } from '@callplane/contracts';
import { AccountStore } from '@callplane/persistence';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { DialPlans } from '../dial-plans.ts';
import { keepSettings } from '../keep-settings.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

const gone = new Refusal(404, 'account_not_found', 'The account of these credentials does not exist any more.');

/** The account itself: its cap and its call settings. */
@Controller()
export class ManageAccountController {
  private readonly accounts: AccountStore;
  private readonly plans: DialPlans;

  constructor(@Inject(AccountStore) accounts: AccountStore, @Inject(DialPlans) plans: DialPlans) {
    this.accounts = accounts;
    this.plans = plans;
  }

  @ServeRoute('get-account')
  async get({ principal }: RouteInput<'get-account'>): Promise<Answer | Refusal> {
    const account = await this.accounts.read(principal.accountId);
    return account === undefined ? gone : new Answer(renderAccount(account));
  }

  @ServeRoute('update-account')
  async update({ principal, body }: RouteInput<'update-account'>): Promise<Answer | Refusal> {
    const account = await this.accounts.update(principal.accountId, {
      ...(body.concurrency_cap === undefined ? {} : { concurrencyCap: body.concurrency_cap }),
      ...(body.settings === undefined ? {} : { settings: keepSettings(body.settings, new Set()) }),
    });
    this.plans.forget(principal.accountId);
    return account === undefined ? gone : new Answer(renderAccount(account));
  }
}
