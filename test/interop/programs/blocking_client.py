"""The blocking client: each call runs in an event loop of its own, so the server must close the connection after every answer."""

from unpod import Client

with Client() as client:
    profiles = client.voice_profiles.list(language="en")
    print("profiles", len(profiles), profiles[0].profile_id)
    print("profile", client.voice_profiles.get(profiles[0].profile_id).profile_id)
    print("numbers", len(client.numbers.list()))
    print("agents", len(client.agents.list()))
    print("pipes", len(client.pipes.list()))
    print("calls", len(client.calls.list()))
    print("sessions", len(client.sessions.list()))
    print("recordings", len(client.recordings.list()))
