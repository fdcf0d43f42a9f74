import type { DialPlan, DialPlanQuestion } from '@callplane/persistence';
import { Refusal } from '../answer.ts';

/** A plan that has all a call needs. */
export interface UsablePlan extends DialPlan {
  agentId: string;
  from: NonNullable<DialPlan['from']>;
}

/** Either everything a call needs, or a sentence that says what to set up. */
export function checkPlan(question: DialPlanQuestion, plan: DialPlan | undefined): UsablePlan | Refusal {
  if (plan === undefined)
    return new Refusal(401, 'invalid_key', 'The account of these credentials does not exist any more.');
  if (question.pipeId !== null && plan.pipe === null)
    return new Refusal(
      404,
      'pipe_not_found',
      `The account has no pipe "${question.pipeId}": list yours with GET /v1/pipes, or name an agent_id instead.`,
    );
  const { agentId, from } = plan;
  if (agentId === null)
    return new Refusal(
      400,
      'no_agent',
      `The pipe "${question.pipeId}" names no agent: give agent_id with the call, or set it with PATCH /v1/pipes/${question.pipeId}.`,
    );
  if (!plan.agentKnown)
    return new Refusal(
      400,
      'agent_not_found',
      `There is no agent "${agentId}" in this account: create it with agents.voice.create (POST /v1/agents), or start a runner for it.`,
    );
  if (from === null) return noNumber(question, agentId);
  return { ...plan, agentId, from };
}

function noNumber(question: DialPlanQuestion, agentId: string): Refusal {
  if (question.fromNumber !== null)
    return new Refusal(
      400,
      'unknown_from_number',
      `${question.fromNumber} is not a number of this account: take a from_number of GET /v1/numbers, or leave it out.`,
    );
  return new Refusal(
    400,
    'no_from_number',
    `There is no number to call from: attach one to the agent "${agentId}" with numbers.attach (POST /v1/numbers/{number}/attach), or give from_number.`,
  );
}
