"""What a gold file must hold beyond its schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evals.checks import SHINGLE, overlaps, problems_of, shingles_of
from evals.gold import GoldArticle
from tests.evals.scoring_cases import CONFLICT, EVENT, gold_of, with_changes

TEXT = (
    "Three rockets fell on Camp Redgate before dawn on Tuesday, near Velmora. "
    "The Veldt Brigade said it had fired them. Two people died."
)
RIGHT: dict[str, Any] = with_changes(EVENT, reported_by=["The Veldt Brigade"])


def with_text(gold: GoldArticle, text: str = TEXT) -> GoldArticle:
    return replace(gold, article=replace(gold.article, text=text))


def problems(*events: dict[str, Any], **more: Any) -> list[str]:
    return problems_of(with_text(gold_of(*events, **more)), CONFLICT)


def test_labels_that_stand_in_the_text_have_no_problems() -> None:
    no = {"quote": "Two people died", "reason": "part of the event above"}
    assert problems(RIGHT, not_events=(no,), incidents={"events.0": "redgate"}) == []
    assert problems() == []


def test_a_quote_that_is_not_verbatim_is_named() -> None:
    [found] = problems(RIGHT, with_changes(RIGHT, evidence=["Three rockets fell", "three rockets fell"]))
    assert found.startswith("events.1.evidence")
    assert "'three rockets fell'" in found


def test_names_must_stand_in_the_text_as_written_at_every_depth() -> None:
    wrong = with_changes(
        RIGHT,
        date={"text": "on Wednesday", "value": "2024-05-08"},
        locations=[{"site": "Camp Redgate"}, {"site": "Camp Red Gate"}],
        reported_by=["a radio"],
    )
    assert [found.partition(":")[0] for found in problems(wrong)] == [
        "events.0.date.text",
        "events.0.locations.1.site",
        "events.0.reported_by",
    ]


def test_values_that_are_judged_and_not_copied_need_not_stand_in_the_text() -> None:
    judged = with_changes(RIGHT, targets=[{"type": "military_base", "affiliations": ["IQ"]}])
    assert problems(judged) == []


def test_optional_events_are_checked_as_well() -> None:
    [found] = problems(RIGHT, optional=[with_changes(RIGHT, evidence=["no such clause"])])
    assert found.startswith("optional.0.evidence")


def test_a_stray_quote_a_missing_reason_and_an_incident_of_no_event_are_named() -> None:
    found = problems(RIGHT, not_events=({"quote": "a whale"},), incidents={"events.3": "redgate"})
    assert [line.partition(":")[0] for line in found] == ["not_events.0", "not_events.0", "incidents"]
    assert "quote does not stand" in found[0]
    assert "has no reason" in found[1]
    assert "events.3 is no event" in found[2]


def test_an_empty_text_is_a_problem() -> None:
    assert problems_of(with_text(gold_of(), " \n"), CONFLICT) == ["text is empty"]


def test_long_quotes_are_shortened_in_messages() -> None:
    [found] = problems(with_changes(RIGHT, evidence=["word " * 60]))
    assert len(found) < 150


def words(first: int, last: int) -> str:
    return " ".join(f"w{number}" for number in range(first, last))


def named(article_id: str, text: str) -> GoldArticle:
    return with_text(gold_of(article_id=article_id), text)


def test_two_articles_that_share_long_runs_of_words_are_named() -> None:
    one, copy = named("a", words(0, 60)), named("b", words(30, 90).upper())
    [found] = overlaps([one, named("c", words(200, 260)), copy])
    assert "a.json" in found
    assert "b.json" in found
    assert f"runs of {SHINGLE} words" in found


def test_articles_that_share_a_phrase_are_not_copies() -> None:
    assert overlaps([named("a", words(0, 60)), named("b", words(0, SHINGLE) + " " + words(100, 150))]) == []
    assert overlaps([named("a", "too short"), named("b", "too short")]) == []


def test_an_id_given_twice_is_named() -> None:
    [found] = overlaps([named("a", words(0, 20)), named("a", words(30, 50))])
    assert "id 'a' is also that of" in found


def test_shingles_are_all_runs_of_eight_words_in_lower_case() -> None:
    assert SHINGLE == 8
    assert shingles_of("A b c d e f g H, i.") == {tuple("abcdefgh"), tuple("bcdefghi")}
    assert shingles_of("a b c") == frozenset()
