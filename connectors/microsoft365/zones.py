"""Time zones: Outlook has Windows names, records have IANA names, and several of these share one Windows name."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import tz_win, win_tz

_UTC = "UTC"


class Zones:
    """Translates the zones of one community's calendar.

    Every Windows zone is shown under one IANA name: the community's own where that fits, else the usual one of the
    Unicode CLDR table. So a record keeps its Europe/Vienna as long as Outlook says "W. Europe Standard Time".

    Args:
        home: the community's zone. It also stands for zones that Outlook cannot name.
    """

    def __init__(self, home: ZoneInfo) -> None:
        self._home_windows = tz_win.get(home.key, _UTC)
        self._home = home.key if home.key in tz_win else win_tz[_UTC]

    def shown(self, name: object) -> str:
        """Return the IANA name under which a Windows or IANA name is shown; unknown ones are the community's."""
        windows = _windows(name)
        if windows is None or windows == self._home_windows:
            return self._home
        return win_tz[windows]

    def is_known(self, name: object) -> bool:
        """Tell whether Windows has a zone for a name."""
        return _windows(name) is not None

    def windows(self, name: object) -> str:
        """Return the Windows name of a zone."""
        return _windows(name) or self._home_windows

    def clock(self, name: object) -> ZoneInfo:
        """Return the rules that Outlook goes by for a zone."""
        return ZoneInfo(win_tz[self.windows(name)])

    def is_told_apart(self, instant: datetime, name: object) -> bool:
        """Tell whether a wall time names this instant only, and not another one when clocks are set back."""
        wall = instant.astimezone(self.clock(name))
        return wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset()


def clock_of(name: object) -> ZoneInfo:
    """Return the rules of a zone by its Windows or IANA name; UTC's for one that is unknown."""
    return ZoneInfo(win_tz[_windows(name) or _UTC])


def _windows(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    return name if name in win_tz else tz_win.get(name)
