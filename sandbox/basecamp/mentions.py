"""The e-mail somebody gets for being mentioned in rich text."""

from sandbox.basecamp import richtext
from sandbox.basecamp.calls import Call
from sandbox.basecamp.records import Recording


def announce_mentions(call: Call, recording: Recording, before: str, after: str) -> None:
    """Notify those whom the new text mentions and the old one did not ("Rich text: Inserting a mention")."""
    fresh = richtext.mentions(after) - richtext.mentions(before)
    people = [person.id for person in call.state.people.values() if person.sgid in fresh]
    recording.subscribers |= set(people)
    call.state.notify(people, "mentioned", recording, by=call.person.id)
