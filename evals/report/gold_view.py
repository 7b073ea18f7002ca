"""One gold article in a terminal: its text with the evidence marked, event by event, and what the labels say.

In colour where the terminal has it; elsewhere the marks are brackets with the event's name, for pipes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evals.report.values import said
from extractor.schemas import FieldSpec, Schema

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_NOT_EVENT = "not_events"
_QUOTES = (("“", "”", '“”„"'), ("«", "»", "«»"), ("⟪", "⟫", ""))
"""Marks to put a quote into, and the characters that must not be in it for that; the last are always taken."""
_SHORT = {"events": "e", "optional": "o", _NOT_EVENT: "n"}


class Marked(NamedTuple):
    """A stretch `[start, end)` of the text, and the label it is marked for: `e0`, `o1`, `n0`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class GoldView:
    """What to show of one article.

    Attributes:
        data: the gold file's object; values of the wrong shape are passed over.
        text: the article.
        names: stretches of values that were copied from the text, to be underlined.
        problems: lines to show at the end.
    """

    data: Mapping[str, Any]
    text: str
    schema: Schema
    names: Sequence[Marked] = ()
    problems: Sequence[str] = field(default=())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        colours = console.is_terminal and not console.no_color and console.color_system is not None
        yield Group(
            _head(self.data),
            Text(),
            _text(self, brackets=not colours),
            Text(),
            *(view for view in self._labels()),
            _problems(self.problems),
        )

    def _labels(self) -> Iterator[RenderableType]:
        for key in ("events", "optional"):
            for i, event in enumerate(_records(self.data, key)):
                yield _event(self, key, i, event)
        for i, no in enumerate(_records(self.data, _NOT_EVENT)):
            label = Text(f"{_SHORT[_NOT_EVENT]}{i}", style=_style(f"n{i}"))
            yield Text.assemble(
                label, (" not an event  ", "bold"), f"{_quoted(no.get('quote'))}  ", (str(no.get("reason")), "dim")
            )
        general = [
            (key, note) for key, note in _mapping(self.data, "notes").items() if key.partition(".")[0] not in _SHORT
        ]
        for key, note in general:
            yield Text.assemble((f"note on {key}  ", "dim"), said(note))
        if not _records(self.data, "events"):
            yield Text("no event", style="bold")


def evidence_of(data: Mapping[str, Any], text: str, schema: Schema) -> list[Marked]:
    """Where the quotes of all labels stand in the text, at their first place; those that stand nowhere are left out."""
    found = []
    for key in ("events", "optional"):
        for i, event in enumerate(_records(data, key)):
            quotes = event.get(schema.evidence_field or "")
            for quote in quotes if isinstance(quotes, list) else ():
                found += _places(quote, text, f"{_SHORT[key]}{i}")
    for i, no in enumerate(_records(data, _NOT_EVENT)):
        found += _places(no.get("quote"), text, f"{_SHORT[_NOT_EVENT]}{i}")
    return found


def _places(quote: Any, text: str, label: str) -> list[Marked]:
    start = text.find(quote) if isinstance(quote, str) and quote else -1
    return [] if start < 0 else [Marked(start, start + len(quote), label)]


def _problems(lines: Sequence[str]) -> RenderableType:
    """Each under its mark, its further lines indented."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(no_wrap=True, style="bold red")
    rows.add_column(overflow="fold", style="bold red")
    for line in lines:
        rows.add_row("!", Text(line))
    return rows


def _head(data: Mapping[str, Any]) -> RenderableType:
    tags = data.get("tags")
    facts = [
        data.get("source"),
        f"published {data['published']}" if data.get("published") else "publication date not known",
        data.get("language"),
        "fictional" if data.get("fictional") else None,
        " ".join(map(str, tags)) if isinstance(tags, list) else None,
    ]
    title = Text.assemble((str(data.get("id")), "bold"), "  ", (str(data.get("title") or ""), "bold"))
    return Group(title, Text(" · ".join(str(fact) for fact in facts if fact), style="dim"))


# ---------------------------------------------------------------- the text


def _text(view: GoldView, *, brackets: bool) -> Text:
    """The article with every stretch of evidence marked where it begins, and with brackets also where it ends."""
    marks = evidence_of(view.data, view.text, view.schema)
    shown = Text()
    borders = sorted({0, len(view.text), *(at for mark in (*marks, *view.names) for at in mark[:2])})
    for start, end in zip(borders, borders[1:] or [len(view.text)], strict=False):
        if ends := [mark.label for mark in marks if mark.end == start]:
            shown.append(f" {' '.join(dict.fromkeys(ends))}⟧" if brackets else "")
        if begins := [mark.label for mark in marks if mark.start == start]:
            _begin(shown, list(dict.fromkeys(begins)), brackets=brackets)
        inside = [mark.label for mark in marks if mark.start <= start and end <= mark.end]
        named = any(mark.start <= start and end <= mark.end for mark in view.names)
        style = f"{_style(inside[0])}{' underline' if named else ''}" if inside and not brackets else ""
        shown.append(view.text[start:end], style=style)
    if last := [mark.label for mark in marks if mark.end == len(view.text)]:
        shown.append(f" {' '.join(dict.fromkeys(last))}⟧" if brackets else "")
    return shown


def _begin(shown: Text, labels: Sequence[str], *, brackets: bool) -> None:
    if brackets:
        shown.append(f"⟦{' '.join(labels)} ")
        return
    for label in labels:
        shown.append(label, style=f"{_style(label)} reverse")
    shown.append(" ")


def _style(label: str) -> str:
    if label.startswith(_SHORT[_NOT_EVENT]):
        return "bright_black"
    number = int(label[1:])
    if label.startswith(_SHORT["optional"]):  # counted from the other end, so that e0 and o0 differ
        return f"{COLOURS[-1 - number % len(COLOURS)]} italic"
    return COLOURS[number % len(COLOURS)]


# ---------------------------------------------------------------- the labels


def _event(view: GoldView, key: str, number: int, event: Mapping[str, Any]) -> RenderableType:
    label, at = f"{_SHORT[key]}{number}", f"{key}.{number}"
    own = [str(event[spec.name]) for spec in view.schema.fields if spec.values and event.get(spec.name)]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    for spec in view.schema.fields:
        for i, line in enumerate(_lines(spec, event.get(spec.name))):
            rows.add_row("" if i else spec.name.replace("_", " "), line)
    for name, value in _beside(view.data, at):
        rows.add_row(name, value)
    title = Text.assemble(
        (f" {label} ", f"{_style(label)} reverse"),
        (f" {at}  ", "dim"),
        (" · ".join(own), "bold"),
        ("  may be found, never counted" if key == "optional" else "", "italic"),
    )
    return Group(title, Padding(rows, (0, 0, 1, 5)))


def _lines(spec: FieldSpec, value: Any) -> Iterator[str]:
    if value in (None, [], {}, "") or (spec.values and spec.kind == "leaf"):
        return
    if spec.evidence and isinstance(value, list):
        yield from map(_quoted, value)
    elif isinstance(value, list) and spec.children:
        yield from (said(item) for item in value)
    else:
        line = said(value)
        if line != said(None):
            yield line


def _quoted(quote: Any) -> str:
    """A quote between marks that it does not have in itself, so that it is seen where it begins and ends."""
    text = str(quote)
    marks = next((pair for pair in _QUOTES if not set(pair[2]) & set(text)), _QUOTES[-1])
    return f"{marks[0]}{text}{marks[1]}"


def _beside(data: Mapping[str, Any], at: str) -> Iterator[tuple[str, Text]]:
    """What the file says of an event outside of it: other right values, dates, its incident, a note."""
    prefix = f"{at}."
    for path, values in _mapping(data, "accept").items():
        if path.startswith(prefix):
            texts = [_alternative(value) for value in values] if isinstance(values, list) else [said(values)]
            line = Text.assemble((f"{path.removeprefix(prefix)}  ", "dim"), " or ".join(texts))
            yield "also right", line
    for path, value in _mapping(data, "when_published_known").items():
        if path.startswith(prefix):
            yield "if dated", Text.assemble((f"{path.removeprefix(prefix)}  ", "dim"), said(value))
    if incident := _mapping(data, "incidents").get(at):
        yield "incident", Text(str(incident))
    for path, note in _mapping(data, "notes").items():
        if path == at or path.startswith(prefix):
            yield "note", Text(said(note), style="italic")


def _alternative(value: Any) -> str:
    if value in (None, []):
        return "nothing"
    rows = isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
    return "; ".join(map(said, value)) if rows else said(value)


def _records(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = data.get(key)
    return [item if isinstance(item, Mapping) else {} for item in items] if isinstance(items, list) else []


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
