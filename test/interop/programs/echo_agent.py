"""The program of docs for the Unpod SDK: a runner, its agent, one outbound call, its outcome. Only the number is an argument."""

import asyncio
import json
import sys

from unpod import AgentRunner, AsyncClient, CallContext, Runner

AGENT = "echo-agent"
TO_NUMBER = sys.argv[1]


class Echo:
    async def turn(self, text, context=None):
        return f"You said {text}"

    async def stream(self, text, context=None, language=None):
        for part in ("You ", "said ", text):
            yield part

    def assist(self, text):
        pass


async def entrypoint(ctx: CallContext):
    s = ctx.session

    @s.on("state")
    async def _(ev):
        if getattr(ev, "end_reason", None):
            s.data["end_reason"] = ev.end_reason

    @s.on("call_end")
    async def _(final_state):
        print("session", final_state, s.data.get("end_reason"))

    s.dialog_machine = Echo()
    await s.say("Hello, this is the echo agent")
    await s.run()


async def main():
    runner = AgentRunner(entrypoint=entrypoint, agent_id=AGENT, max_concurrent_calls=2)
    done = asyncio.Event()

    @runner.on("call_end")
    async def _(ctx, final_state):
        print("runner", ctx.call_id, final_state)
        done.set()

    task = asyncio.create_task(runner.run())
    async with AsyncClient() as c:
        vp = (await c.voice_profiles.list(language="en"))[0]
        await c.agents.voice.create(AGENT, brain=Runner(), voice_profile=vp.profile_id, max_call_duration_s=120)
        await c.numbers.sync()
        n = (await c.numbers.list())[0]
        await c.numbers.attach(n.number_id, AGENT, number=n.number)
        call = await c.calls.create(
            agent_id=AGENT, to_number=TO_NUMBER, instructions="be brief", data={"customer_id": "C1"}
        )
        statuses = [call.status]
        while call.status in ("pending", "dispatching", "ringing", "active"):
            await asyncio.sleep(0.05)
            call = await c.calls.get(call.call_id)
            if call.status != statuses[-1]:
                statuses.append(call.status)
        await asyncio.wait_for(done.wait(), 10)
        session = await c.transcripts.get(call.session_id)
        print("statuses", json.dumps(statuses))
        print("call", call.call_id, call.status, call.end_reason, call.duration_s, session.status)
        print("turns", json.dumps([(turn.role, turn.content) for turn in session.transcript]))
    task.cancel()


asyncio.run(main())
