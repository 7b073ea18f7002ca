"""Warnings about what is mostly a slip."""

from __future__ import annotations

from typing import Any

import pytest

from evals.checks import problems_in
from tests.evals.scoring_cases import CONFLICT

EVENT: dict[str, Any] = {"role": "main", "event_type": "protest", "evidence": ["A crowd met"]}


def warnings(*events: dict[str, Any], **data: Any) -> list[str]:
    found = problems_in({"events": list(events), **data}, "A crowd met in Varn.", CONFLICT)
    assert all(one.warning for one in found), found
    return [str(one) for one in found]


@pytest.mark.parametrize(
    ("given", "code"),
    [("German", "DE"), ("germany", "DE"), ("UK", "GB"), ("DE", None), ("Varn Guard", None)],
)
def test_a_country_in_words_is_to_be_a_code(given: str, code: str | None) -> None:
    event = EVENT | {"targets": [{"type": "civilian", "affiliations": [given]}]}
    said = f"events.0.targets.0.affiliations.0: {given!r} names a country: write {code}"
    assert warnings(event) == ([said] if code else [])


def test_an_article_without_a_main_event_is_told_of() -> None:
    back = EVENT | {"role": "background"}
    assert warnings(back, back) == ["events: no event has the role main: what was the article written to report?"]
    assert warnings(back, EVENT) == []
    assert warnings() == []
    assert warnings(EVENT | {"role": "mian"}) == [], "which is a problem of its own"


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("events.0", None),
        ("events.0.event_type", None),
        ("events.0.locations", None),
        ("events.0.targets.0.type", None),
        ("not_events.0", None),
        ("not_events", None),
        ("article", None),
        ("style guide", None),
        ("events.1", "1"),
        ("events.0.event_typ", "event_typ"),
        ("events.0.targets.1.type", "1"),
        ("event.0", "event"),
        ("not_events.1", "1"),
        ("events.x", "x"),
    ],
)
def test_a_note_on_what_is_not_there_is_told_of(path: str, lost: str | None) -> None:
    event = EVENT | {"targets": [{"type": "civilian"}]}
    no = [{"quote": "in Varn", "reason": "a place"}]
    found = warnings(event, not_events=no, notes={path: "why"})
    assert [one.partition(": write")[0] for one in found] == (
        [f"notes.{path}: leads nowhere at {lost!r}"] if lost else []
    )
