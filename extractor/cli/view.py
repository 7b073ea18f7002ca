"""What a person sees in a terminal: events as a readable list, tables of backends and prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extractor.backends import BackendInfo
from extractor.prompts import FoundPrompt
from extractor.records import Extraction
from extractor.schemas import FieldSpec, Schema
from extractor.schemas.counts import count_in_words

PIPE_WIDTH = 120


def show_on_terminal(content: RenderableType) -> None:
    """Print to standard output; wide enough not to wrap where that is no terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPE_WIDTH)
    console.print(content)


def extraction_view(extraction: Extraction, schema: Schema) -> RenderableType:
    """The events of one article, their values and quotes, and what is wrong with them."""
    count = len(extraction.events)
    head = Text.assemble(
        (extraction.article_id, "bold"),
        (f"  {count} event{'' if count == 1 else 's'} · {extraction.backend} · {extraction.prompt}", "dim"),
        (f" · repeat {extraction.repeat}" if extraction.repeat else "", "dim"),
    )
    lost = {span.path for span in extraction.spans if span.status == "ungrounded"}
    events = [_event(event, f"events.{i}", schema, lost) for i, event in enumerate(extraction.events)]
    problems = [
        Text(f"  ! {problem.path}: {problem.message}", style="yellow")
        for problem in extraction.problems
        if problem.kind != "ungrounded"
    ]
    return Group(head, *events, *problems, Text())


def _event(event: Mapping[str, Any], path: str, schema: Schema, lost: set[str]) -> RenderableType:
    labels = [str(event[spec.name]) for spec in schema.fields if spec.values and event.get(spec.name) is not None]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    for spec in schema.fields:
        value = event.get(spec.name)
        if spec.values or value in (None, [], {}):
            continue
        for i, line in enumerate(_lines(spec, value, f"{path}.{spec.name}", lost)):
            rows.add_row("" if i else spec.name.replace("_", " "), line)
    title = Text.assemble("  ", (str(event.get("id", "")), "cyan"), " ", (" · ".join(labels), "bold"))
    return Group(title, Padding(rows, (0, 0, 0, 5)))


def _lines(spec: FieldSpec, value: Any, path: str, lost: set[str]) -> Iterable[Text]:
    if spec.evidence:
        for i, quote in enumerate(value):
            yield _marked(f"“{quote}”", f"{path}.{i}", lost, style="italic")
    elif spec.kind == "list_of_models":
        for i, item in enumerate(value):
            yield _object(spec.children, item, f"{path}.{i}", lost)
    elif spec.kind == "model":
        line = _object(spec.children, value, path, lost)
        if line.plain:
            yield line
    elif spec.kind == "list_of_leaves":
        yield Text(", ").join(_marked(str(item), f"{path}.{i}", lost) for i, item in enumerate(value))
    else:
        yield _marked(_said(value), path, lost)


def _object(fields: Sequence[FieldSpec], item: Mapping[str, Any], path: str, lost: set[str]) -> Text:
    """One object in one line: names as they are, numbers and flags with their field's name."""
    parts = []
    for spec in fields:
        value = item.get(spec.name)
        if value in (None, [], {}, ""):
            continue
        at = f"{path}.{spec.name}"
        if spec.kind == "list_of_leaves":
            parts.append(Text(", ").join(_marked(str(one), f"{at}.{i}", lost) for i, one in enumerate(value)))
        elif isinstance(value, str):
            parts.append(_marked(value, at, lost))
        else:
            label = (f"{spec.name.replace('_', ' ')} ", "dim")
            parts.append(Text.assemble(label, _marked(_said(value), at, lost, missing="no such number")))
    return Text(" · ").join(parts)


def _marked(text: str, path: str, lost: set[str], *, style: str = "", missing: str = "not") -> Text:
    """A value, followed by a mark where it stands nowhere in the article."""
    mark = (f" ({missing} in the article)", "red")
    return Text.assemble((text, style), mark) if path in lost else Text(text, style=style)


def _said(value: Any) -> str:
    """A count as bounds, a flag as yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return count_in_words(value) if isinstance(value, Mapping) else str(value)


def backends_table(backends: Iterable[BackendInfo]) -> Table:
    """The backends, what each needs, and whether it can be used now."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("backend", "what it is", "needs", "usable now"):
        table.add_column(name, no_wrap=name == "backend")
    for info in backends:
        usable = Text("yes", style="green") if info.usable else Text(f"no: {info.why_not}", style="yellow")
        whole = info.profile or "/" in info.provider
        table.add_row(info.provider if whole else f"{info.provider}/…", info.what, info.needs, usable)
    return table


def prompts_table(prompts: Iterable[FoundPrompt]) -> Table:
    """The prompts, with their state and digest."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("prompt", "schema", "state", "digest", "description"):
        table.add_column(name, no_wrap=name != "description")
    for found in prompts:
        if found.prompt is None:
            table.add_row(found.ref, "", Text("broken", style="red"), "", found.problem or "")
        else:
            state = "released" if found.prompt.released else "draft"
            table.add_row(found.ref, found.prompt.schema, state, found.prompt.digest[:12], found.prompt.description)
    return table
