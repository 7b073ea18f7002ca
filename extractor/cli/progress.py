"""A progress bar on stderr, silent where stderr is no terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from extractor.engine import Totals


class Progress:
    """Shows how many articles are done and failed, and what they cost so far."""

    def __init__(self, *, shown: bool) -> None:
        self.console = Console(stderr=True)
        self._bar = Bar(
            SpinnerColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not (shown and self.console.is_terminal),
        )
        self._task = self._bar.add_task("articles", total=None)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def update(self, totals: Totals) -> None:
        """Show new totals."""
        said = ["articles"]
        if totals.failed:
            said.append(f"[red]{totals.failed} failed[/red]")
        if cost := totals.spent.paid.cost_usd:
            said.append(f"${cost:.4f}")
        ended = totals.done + totals.failed + totals.skipped
        self._bar.update(self._task, completed=ended, total=totals.total, description=" · ".join(said))
