"""The unmodified Unpod Python SDK against your own platform.

Needs Python 3.12 or newer, `pip install -r requirements.txt`, and the three variables that `npm start` prints and writes to
`.callplane/env`: UNPOD_BASE_URL, UNPOD_PLATFORM_TOKEN, UNPOD_ORG_HANDLE. Arguments: the number to call (default: the test phone).
"""

import asyncio
import os
import sys

from unpod import AgentRunner, AsyncClient, CallContext, Runner

AGENT = os.environ.get("AGENT_ID", "echo-agent")


class Echo:
    """Your agent's brain: gives each sentence of the caller back."""

    async def turn(self, text, context=None):
        return f"You said {text}"

    async def stream(self, text, context=None, language=None):
        for part in ("You ", "said ", text):
            yield part

    def assist(self, text):
        pass


async def entrypoint(ctx: CallContext):
    session = ctx.session

    @session.on("state")
    async def _(event):
        # The SDK leaves session.data empty; the platform's last state event carries the reason.
        if getattr(event, "end_reason", None):
            session.data["end_reason"] = event.end_reason

    @session.on("user_turn")
    async def _(text):
        print("caller:", text)

    @session.on("call_end")
    async def _(final_state):
        print("session:", final_state, session.data.get("end_reason"))

    session.dialog_machine = Echo()
    await session.say("Hello, this is the echo agent")
    await session.run()


async def main(to_number: str):
    runner = AgentRunner(entrypoint=entrypoint, agent_id=AGENT, max_concurrent_calls=2)
    done = asyncio.Event()

    @runner.on("call_end")
    async def _(ctx, final_state):
        print("runner:", ctx.call_id, final_state)
        done.set()

    task = asyncio.create_task(runner.run())
    async with AsyncClient() as client:
        voice = (await client.voice_profiles.list(language="en"))[0]
        await client.agents.voice.create(AGENT, brain=Runner(), voice_profile=voice.profile_id, max_call_duration_s=120)
        await client.numbers.sync()
        number = (await client.numbers.list())[0]
        await client.numbers.attach(number.number_id, AGENT, number=number.number)
        call = await client.calls.create(
            agent_id=AGENT, to_number=to_number, instructions="be brief", data={"customer_id": "C1"}
        )
        while call.status in ("pending", "ringing", "active"):
            await asyncio.sleep(0.1)
            call = await client.calls.get(call.call_id)
        await asyncio.wait_for(done.wait(), 10)
        print("call:", call.status, call.end_reason, call.duration_s)
        for turn in (await client.transcripts.get(call.session_id)).transcript:
            print(f"  {turn.role}: {turn.content}")
    task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "+15550100001"))
