"""The card of a gold dataset: what is in it, in figures made from the data, and how to use it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.labelling.coverage import TOTAL
from evals.labelling.dataset import COLUMNS

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
_LANGUAGE_CODE = 3


def dataset_card(
    name: str, schema: str, covered: Mapping[str, Any], *, languages: Sequence[str], fictional: int, stand_off: int
) -> str:
    """The README.md of a dataset.

    Args:
        name: what to call the set.
        schema: of the labels.
        covered: as `evals.labelling.coverage.coverage` gives it.
        languages: of the articles; only codes are named to the hub.
        fictional: how many articles are invented.
        stand_off: how many articles have their text elsewhere.
    """
    splits = list(covered["splits"])
    articles = covered["articles"]
    lines = [
        *_front_matter(name, covered, languages),
        "",
        f"# {name}",
        "",
        f"News articles labelled by hand with the events that they tell of, after the schema `{schema}`.",
        f"{articles} articles, {covered['events']} events. {_origin(articles, fictional)}"
        + (f" Articles whose text is not included: {stand_off}; `text_file` names it." if stand_off else ""),
        "",
        *_table(["", *splits, TOTAL], [["articles", *covered["splits"].values(), articles], *_rows(covered, splits)]),
        "",
        "## Columns",
        "",
        *_table(["column", "meaning"], [[f"`{key}`", meaning] for key, meaning in COLUMNS.items()]),
        "",
        "## Use",
        "",
        "```python",
        "import json",
        "from datasets import load_dataset",
        "",
        f'article = load_dataset("PATH_OR_REPOSITORY", split="{splits[0]}")[0]',
        'events = json.loads(article["events"])',
        "```",
        "",
        "`evals gold pull PATH_OR_REPOSITORY gold/` writes the gold files again, as they were.",
        "",
    ]
    return "\n".join(lines)


def _front_matter(name: str, covered: Mapping[str, Any], languages: Sequence[str]) -> list[str]:
    codes = [code for code in languages if code.isalpha() and code.islower() and len(code) <= _LANGUAGE_CODE]
    size = next((label for most, label in _SIZES if covered["articles"] < most), "100K<n<1M")
    return [
        "---",
        f"pretty_name: {_quoted(name)}",
        *(["language:", *(f"- {code}" for code in codes)] if codes else []),
        "task_categories:",
        "- token-classification",
        "tags:",
        "- event-extraction",
        "- information-extraction",
        "size_categories:",
        f"- {size}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(line for split in covered["splits"] for line in (f"  - split: {split}", f"    path: data/{split}.parquet")),
        "---",
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _origin(articles: int, fictional: int) -> str:
    if fictional == articles:
        return "All articles and events are invented."
    return f"Invented articles: {fictional}." if fictional else "None of the articles is marked as invented."


def _rows(covered: Mapping[str, Any], splits: Sequence[str]) -> list[list[Any]]:
    groups = [
        *(
            (f"{name} {value}", counts)
            for name, tally in covered["enumerations"].items()
            for value, counts in tally.items()
        ),
        ("articles without an event", covered["no_event"]),
        *((f"articles of {band} words", counts) for band, counts in covered["lengths"].items()),
        *((f"publication date {value}", counts) for value, counts in covered["published"].items()),
    ]
    rows = [[name, *(counts[split] for split in splits), counts[TOTAL]] for name, counts in groups]
    told = sum(len(ids) > 1 for ids in covered["incidents"].values())
    return [
        *rows,
        ["countries", *_distinct(covered["countries"], splits)],
        ["continents", *_distinct(covered["continents"], splits)],
        ["incidents told by several articles", *("" for _ in splits), told],
    ]


def _distinct(tally: Mapping[str, Mapping[str, int]], splits: Sequence[str]) -> list[int]:
    return [sum(counts[split] > 0 for counts in tally.values()) for split in (*splits, TOTAL)]


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return [*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]
