import { AgentRunner, CallplaneClient, CallplaneError, RunnerAuthError, type CallContext } from '@callplane/sdk';
import { setTimeout as delay } from 'node:timers/promises';
import { GREETING, HINTS, scriptedDialog } from './scripted-dialog.ts';
// import { llmDialog } from './llm-dialog.ts';

/**
 * A restaurant that answers the phone. Needs UNPOD_BASE_URL, UNPOD_PLATFORM_TOKEN and UNPOD_ORG_HANDLE, as `npm start` prints them;
 * AGENT_ID (default demo-agent) names it. Call it with `POST /v1/calls {"agent_id": "demo-agent", "to_number": "+15550100001"}`.
 */
const agentId = process.env['AGENT_ID'] ?? 'demo-agent';

const LAST_CALLS_MS = 3000;

/** Serves one call. */
async function answerCall({ session, callId, userNumber, resumed }: CallContext): Promise<void> {
  session.dialog = scriptedDialog;
  // With a language model instead (set OPENAI_API_KEY, and OPENAI_BASE_URL for another server):
  // session.dialog = llmDialog('You answer the phone of a restaurant. Open ten to nine. Two short sentences at most.');

  session.on('user_turn', (text) => console.log(`${callId}  caller: ${text}`));
  session.on('agent_turn', (text) => console.log(`${callId}  agent:  ${text}`));
  session.on('interruption', (heard) => console.log(`${callId}  interrupted after "${heard}"`));
  session.on('error', ({ code, message }) => console.error(`${callId}  ${code}: ${message}`));
  session.on('call_end', () => console.log(`${callId}  ended: ${String(session.data['end_reason'])}`));

  // Said before the answer it is held, so the first word comes without a wait.
  session.say(resumed ? 'I am sorry, I lost you for a moment. How can I help you?' : GREETING);

  console.log(`${callId}  call with ${userNumber}`);
  await session.run();
}

/** Makes the agent known to the platform, with a voice and a number to call from. */
async function registerAgent(client: CallplaneClient): Promise<void> {
  const [voice] = await client.voiceProfiles.list({ language: 'en' });
  await client.agents.voice.create({
    agent_id: agentId,
    name: 'Harbour Kitchen',
    hints: HINTS,
    ...(voice === undefined ? {} : { voice_profile: voice.profile_id }),
  });
  const numbers = await client.numbers.list();
  if (numbers.some((number) => number.agent_id === agentId)) return;
  const free = numbers.find((number) => number.agent_id === null && number.pipe_id === null);
  if (free !== undefined) await client.numbers.attach(free.number_id, { agent_id: agentId });
}

/** Waits for a platform that is still starting. */
async function registerWhenReady(): Promise<void> {
  const client = new CallplaneClient();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await registerAgent(client);
      return;
    } catch (error) {
      if (error instanceof CallplaneError && error.status < 500) throw error;
      if (attempt === 30) throw error;
      await delay(1000);
    }
  }
}

async function main(): Promise<void> {
  const runner = new AgentRunner({ agentId, entrypoint: answerCall });
  runner.on('registered', (workerId) => console.log(`${workerId} is ready for calls`));
  process.once('SIGINT', () => void runner.stop(LAST_CALLS_MS));
  process.once('SIGTERM', () => void runner.stop());
  await registerWhenReady();
  await runner.run();
}

main().catch((error: unknown) => {
  const refused = error instanceof CallplaneError || error instanceof RunnerAuthError;
  console.error(refused ? error.message : error);
  process.exitCode = 1;
});
