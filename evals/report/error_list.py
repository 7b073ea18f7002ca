"""Errors one by one in a terminal, article by article."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group
from rich.text import Text

from evals.errors import EVENT
from evals.report.error_views import Context, ErrorView
from evals.report.values import NOTHING

LONGEST = 160
"""Longer marked text is shortened in its middle; its place stands beside."""


def error_list(views: Sequence[ErrorView], notes: Sequence[str] = ()) -> Group:
    """All errors, each with its event, the two values and the text around; notes; and how many errors there are."""
    lines: list[Text] = []
    for (article_id, file), group in groupby(views, key=lambda view: (view.error.article_id, view.file)):
        lines.append(Text.assemble((article_id, "bold"), (f"  {file}", "dim")))
        for view in group:
            lines += _lines(view)
        lines.append(Text())
    lines += [Text(note, style="yellow") for note in notes]
    articles = len({view.error.article_id for view in views})
    lines.append(Text(f"errors: {len(views)}, in articles: {articles}", style="dim"))
    return Group(*lines)


def _lines(view: ErrorView) -> list[Text]:
    error = view.error
    what = "event" if error.field == EVENT else error.field
    lines = [Text.assemble(("  ", ""), (view.kind, "red"), "  ", (what, "cyan"), (f"  {view.event}", "dim"))]
    if error.field != EVENT:
        lines.append(Text(f"      gold {view.gold}   predicted {view.predicted}"))
    elif view.context is None:
        lines.append(Text(f"      “{view.predicted if view.gold == NOTHING else view.gold}”", style="italic"))
    if view.context is not None:
        lines.append(_context(view.context))
    if error.reason:
        lines.append(Text(f"      gold says it is no event: {error.reason}", style="yellow"))
    return lines


def _context(context: Context) -> Text:
    """The text around in one line, line breaks as spaces."""
    before, marked, after = (" ".join(part.split()) for part in (context.before, context.marked, context.after))
    if len(marked) > LONGEST:
        marked = f"{marked[: LONGEST // 2]} … {marked[-LONGEST // 2 :]}"
    gap_before = " " if context.before[-1:].isspace() else ""
    gap_after = " " if context.after[:1].isspace() else ""
    return Text.assemble(
        ("      …", "dim"),
        (before + gap_before, "dim"),
        (f"[{marked}]", "bold"),
        (f"{gap_after}{after}…", "dim"),
        (f"  {context.start}–{context.end}, {context.of}", "dim"),
    )
