"""Dates and places of MUC-4: what the judges of 1992 accepted must get credit here, what is wrong must not.

`accepted_pairs.jsonl` holds pairs of response and key that a judge credited. Credit alone shows nothing, since a
comparator that credits everything would pass, so three kinds of wrong pairs stand beside: what the judges refused
(`adjudications.jsonl`), responses against the keys of other incidents, and different places of one country. Judges
refused more dates than ours does: to them `- 17 AUG 89` was wrong for `16 AUG 89`, here it is partly right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from evals.compare import OPEN_REACH_DAYS, Verdict, compare_dates
from evals.muc4_values import read_date, read_place
from evals.places import compare_places

DATA = Path(__file__).resolve().parents[2] / "shared/muc4/tst3"
LEAST_CREDITED = 0.9
MOST_CREDITED_AT_RANDOM = 0.1
MOST_CREDITED_REFUSALS = 0.5

Pair = tuple[str, Sequence[str]]
"""A response, and the alternatives of the key."""


@dataclass(frozen=True)
class Kind:
    """A kind of value: how its pairs are marked, which slot it is, and how two of its values are compared."""

    name: str
    slot: str
    key: str
    compare: Callable[[str, str], Verdict]


DATES = Kind("date", "inc-date", "incident_date", lambda a, b: compare_dates(read_date(a), read_date(b)))
PLACES = Kind("loc", "inc-loc", "incident_location", lambda a, b: compare_places(read_place(a), read_place(b)))


@pytest.fixture(scope="module", autouse=True)
def _data() -> None:
    if not DATA.is_dir():
        pytest.skip("needs the MUC-4 package beside the repository: ../shared/muc4/tst3 not found")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def accepted(kind: Kind) -> list[tuple[Pair, str]]:
    """The accepted pairs, each with its judgement."""
    return [
        ((pair["response"], pair["key"]), pair["judgement"])
        for pair in lines("accepted_pairs.jsonl")
        if pair["kind"] == kind.name
    ]


def refused(kind: Kind) -> Iterator[Pair]:
    """What a judge called wrong, with the key of the template; what is not in the notation is left out."""
    keys = {(doc, number): fills for doc, number, fills in key_fills(kind)}
    for entry in lines("adjudications.jsonl"):
        if entry["slot"] == kind.slot and entry["judgement"] == "fail":
            yield notation(entry["response"]), keys[entry["doc"], entry["template"]]


def key_fills(kind: Kind) -> Iterator[tuple[str, str, list[str]]]:
    """Text, template number and alternatives of every key template that fills the slot."""
    for text in lines("gold_full24.jsonl"):
        for template in text["templates"]:
            if isinstance(fills := template.get(kind.key), list):
                yield text["docid"], template["message_template"].split()[0], fills[0]["alts"]


def notation(value: Any) -> str:
    """A value of the adjudications in the notation of the keys."""
    if isinstance(value, str):
        return value
    form, *parts = value
    if form == "range":
        return f"{parts[0] or ''} - {parts[1]}".strip()
    if form == "qualified":
        return f"{parts[0]} ({parts[1]})"
    if form == "location":
        return ": ".join(map(notation, parts))
    raise ValueError(f"a response of form {form!r} is not foreseen here")


def with_other_keys(kind: Kind) -> Iterator[Pair]:
    """Every response with every key that no judge credited it to, once each."""
    pairs = [pair for pair, _ in accepted(kind)]
    credited = {(response, tuple(key)) for response, key in pairs}
    for response in sorted({response for response, _ in pairs}):
        for key in sorted({tuple(key) for _, key in pairs}):
            if (response, key) not in credited and response not in key:
                yield response, key


def different_places_of_one_country() -> Iterator[Pair]:
    """Places of the keys that are not just a country, paired where neither is written inside the other."""
    written = {alternative for _, _, fills in key_fills(PLACES) if len(fills) == 1 for alternative in fills}
    for a, b in combinations(sorted(place for place in written if ":" in place), 2):
        if read_place(a).country == read_place(b).country and a not in b and b not in a:
            yield a, [b]


def best(kind: Kind, pair: Pair) -> Verdict:
    return max(kind.compare(pair[0], alternative) for alternative in pair[1])


def credit(kind: Kind, pairs: Iterable[Pair]) -> tuple[float, int]:
    """The share of pairs that get at least partial credit, and how many pairs there are."""
    verdicts = [best(kind, pair) for pair in pairs]
    return sum(verdict > Verdict.INCORRECT for verdict in verdicts) / len(verdicts), len(verdicts)


def shown(capsys: pytest.CaptureFixture[str], title: str, table: dict[str, tuple[float, int]]) -> None:
    with capsys.disabled():
        print(f"\n{title:46} {'pairs':>6} {'credited':>9}")
        for name, (share, pairs) in table.items():
            print(f"{name:46} {pairs:6} {share:9.1%}")


def test_dates_that_judges_accepted_get_credit_and_others_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    table = {
        "accepted by a judge": credit(DATES, (pair for pair, _ in accepted(DATES))),
        "accepted as match, and correct here": exact_matches(DATES),
        "refused by a judge": credit(DATES, refused(DATES)),
        "against the keys of other incidents": credit(DATES, with_other_keys(DATES)),
    }
    shown(capsys, f"dates (an open side reaches {OPEN_REACH_DAYS} days)", table)
    assert table["accepted by a judge"][0] >= LEAST_CREDITED
    assert table["refused by a judge"][0] <= MOST_CREDITED_REFUSALS
    assert table["against the keys of other incidents"][0] <= MOST_CREDITED_AT_RANDOM


def exact_matches(kind: Kind) -> tuple[float, int]:
    """Of the pairs that a judge called a match, the share that is correct and not only partly right."""
    verdicts = [best(kind, pair) for pair, judgement in accepted(kind) if judgement == "match"]
    return sum(verdict is Verdict.CORRECT for verdict in verdicts) / len(verdicts), len(verdicts)


def test_places_that_judges_accepted_get_credit_and_others_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    table = {
        "accepted by a judge": credit(PLACES, (pair for pair, _ in accepted(PLACES))),
        "refused by a judge": credit(PLACES, refused(PLACES)),
        "against the keys of other incidents": credit(PLACES, with_other_keys(PLACES)),
        "different places of one country": credit(PLACES, different_places_of_one_country()),
    }
    shown(capsys, "places", table)
    assert table["accepted by a judge"][0] >= LEAST_CREDITED
    assert table["refused by a judge"][0] <= MOST_CREDITED_AT_RANDOM
    assert table["against the keys of other incidents"][0] <= MOST_CREDITED_AT_RANDOM
    assert table["different places of one country"][0] <= MOST_CREDITED_AT_RANDOM
