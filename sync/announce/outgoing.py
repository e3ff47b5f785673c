"""Makes a finished message of what is planned: its story, in the form of its channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.channel import Outgoing
from domain.announcements.channel import Channel, Topic
from domain.announcements.decide import known_before
from domain.announcements.message import Message, MessageState
from domain.announcements.render import Rendered, render, render_to_fit
from domain.announcements.story import Story
from sync.announce.scene import Scene

_OPEN = (MessageState.PLANNED, MessageState.SENDING, MessageState.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Desk:
    """Words the messages of one channel, from what the community knows and what the channel was told."""

    scene: Scene
    channel: Channel
    journal: Sequence[Message]

    def rendered(self, message: Message, parts: Sequence[Message] = ()) -> Rendered | None:
        """Return a message in its channel's form; None where there is nothing left to say.

        Raises:
            ConfigProblem: the template is broken.
            SetAside: the message does not fit its place.
        """
        if message.topic is Topic.DIGEST:
            return self.digest(message.id)
        told = parts or [one for one in self.journal if one.within == message.id and one.state in _OPEN]
        if message.thing.startswith("together:") and not told:
            return None
        story = self.scene.teller(self.channel).story(message, known_before(message, self.journal), told)
        if "names" in story.values and not story.values["names"]:
            return None
        return self._fitted(story)

    def digest(self, within: str) -> Rendered | None:
        """Return the digest whose message has this id, as it is now; None if there is nothing to say.

        Raises:
            ConfigProblem: the template is broken.
            SetAside: even the shortest form does not fit.
        """
        digest = self.scene.digest(self.channel, self.journal, within)
        teller = self.scene.teller(self.channel)
        if digest.is_empty:
            return None
        return render_to_fit(lambda most: teller.digest(digest, most), self.channel.abilities, self.scene.templates)

    def _fitted(self, story: Story) -> Rendered:
        return render(story, self.channel.abilities, self.scene.templates)


def outgoing(message: Message, rendered: Rendered, journal: Iterable[Message]) -> Outgoing:
    """Return what a sender is handed; the journal tells what was said of the same thing before."""
    return Outgoing(
        key=message.id,
        title=rendered.title,
        text=rendered.text,
        body=rendered.body,
        planned_at=message.planned_at,
        card=rendered.card,
        link=rendered.link or None,
        before=frozenset(one.digest for one in journal if one.thing == message.thing and one.digest),
    )
