"""A believable community of practice to fill the stand-ins with; the tables beside this file are its data."""

from sandbox.seed.load import DEADLINES, load
from sandbox.seed.model import Community, Copy, Document, Event, Pair, Person, Task, Tool

__all__ = ["DEADLINES", "Community", "Copy", "Document", "Event", "Pair", "Person", "Task", "Tool", "load"]
