"""Progress bars on standard error, shown only on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from cli.console import err


class Bars:
    """Shows one bar per space and phase while the block lasts."""

    def __init__(self) -> None:
        console = err()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, phase: str, space: str, done: int, total: int | None) -> None:
        """Move the bar of a space."""
        key = (phase, space)
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(f"{phase} {space}", total=total)
        self._progress.update(self._tasks[key], completed=done, total=total)
