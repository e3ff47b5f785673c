"""A folder as a channel: each message becomes a file, for an intranet, a static site, or a first look."""

from __future__ import annotations

from connectors.channel import ChannelKind
from connectors.folder.files import FolderOptions, FolderSender, abilities

KIND = ChannelKind(
    name="folder",
    title="Folder",
    options=FolderOptions,
    abilities=abilities,
    open=FolderSender,
)
"""The folder kind; it needs no account."""
