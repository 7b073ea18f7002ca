"""What a gold file must hold beyond its schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.checks import SHINGLE, overlaps, problems_of, shingles_of, unknown_tags
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
    return [str(problem) for problem in problems_of(with_text(gold_of(*events, **more)), CONFLICT)]


def test_labels_that_stand_in_the_text_have_no_problems() -> None:
    no = {"quote": "Two people died", "reason": "part of the event above"}
    assert problems(RIGHT, not_events=(no,), incidents={"events.0": "redgate"}) == []
    assert problems() == []


def test_a_quote_that_is_not_verbatim_is_named() -> None:
    [found] = problems(RIGHT, with_changes(RIGHT, evidence=["Three rockets fell", "three rockets fell"]))
    assert found.startswith("events.1.evidence.1: ")
    assert "'three rockets fell'" in found
    assert "the nearest is 'Three rockets fell' at character 0: only quotes, dashes, case or spaces differ" in found


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
        "events.0.reported_by.0",
    ]


def test_values_that_are_judged_and_not_copied_need_not_stand_in_the_text() -> None:
    judged = with_changes(RIGHT, targets=[{"type": "military_base", "affiliations": ["IQ"]}])
    assert problems(judged) == []


def test_optional_events_are_checked_as_well() -> None:
    [found] = problems(RIGHT, optional=[with_changes(RIGHT, evidence=["no such clause"])])
    assert found.startswith("optional.0.evidence")


def test_a_stray_quote_a_missing_reason_and_an_incident_of_no_event_are_named() -> None:
    found = problems(RIGHT, not_events=({"quote": "a whale"},), incidents={"events.3": "redgate"})
    assert [line.partition(":")[0] for line in found] == ["not_events.0.quote", "not_events.0", "incidents.events.3"]
    assert "does not stand in the text as written" in found[0]
    assert "has no reason" in found[1]
    assert "events.3 is no event" in found[2]


def test_an_empty_text_is_a_problem() -> None:
    assert list(map(str, problems_of(with_text(gold_of(), " \n"), CONFLICT))) == ["text: text is empty"]


def test_a_long_quote_is_shown_where_it_differs() -> None:
    quote = "The Veldt Brigade said it had fired them. Two people dead."
    padded = "Three rockets fell on Camp Redgate before dawn on Tuesday, near Velmora. " + quote
    [found] = problems(with_changes(EVENT, evidence=[padded], perpetrators=[]))
    assert "…'d them. Two people dead.'" in found
    assert "the nearest is …'d them. Two people died.' at character 0" in found
    assert len(found) < 300


def test_a_quote_that_is_like_nothing_says_so() -> None:
    [found] = problems(with_changes(EVENT, evidence=["qqqq zzzz xxxx jjjj"], perpetrators=[]))
    assert "nothing in the text is like it" in found


@pytest.mark.parametrize(
    ("words", "value", "wrong"),
    [
        ("on Tuesday", "2024-05-07", False),
        ("on Tuesday", "2024-05-08", True),
        ("on Tuesday", "2024-05", False),
        ("on Tuesday", "XXXX-05-08", False),
        ("on Tuesday", None, False),
        ("late Tues", "2024-05-08", True),
        ("the night of Tuesday to Wednesday", "2024-05-08", False),
        ("Tuesday and Wednesday", "2024-05-07/2024-05-08", False),
        ("Tuesday", "2024-05-08/2024-05-09", True),
        ("Tuesday", "2024-05-01/2024-05-31", False),
        ("two days after Tuesday", "2024-05-09", False),
        ("before dawn on Tuesday", "2024-05-08", True),
        ("since Tuesday", "2024-05-08", False),
        ("Monet's day", "2024-05-08", False),
        ("on May 7", "2024-05-08", False),
    ],
)
def test_a_weekday_in_the_words_must_be_that_of_the_value(words: str, value: str | None, wrong: bool) -> None:
    event = with_changes(RIGHT, date={"text": words, "value": value})
    found = problems_of(with_text(gold_of(event), TEXT + words), CONFLICT)
    assert [one.at for one in found] == [("events", 0, "date", "value")] * wrong
    if wrong:
        assert "Tuesday" in str(found[0])


@pytest.mark.parametrize("path", ["events.0.date", "events.0.date.value"])
def test_a_weekday_must_also_be_that_of_the_value_for_a_known_date(path: str) -> None:
    event = with_changes(RIGHT, date={"text": "on Tuesday", "value": None})

    def found(day: str, published: date | None = date(2024, 5, 9)) -> list[str]:
        value: Any = day if path.endswith("value") else {"text": "on Tuesday", "value": day}
        gold = with_text(gold_of(event, published=published, when_published_known={path: value}))
        return [str(problem) for problem in problems_of(gold, CONFLICT)]

    assert found("2024-05-07") == []
    [wrong] = found("2024-05-08")
    assert wrong.startswith(f"when_published_known.{path}")
    assert "is a Wednesday" in wrong
    [later] = found("2024-05-14")
    assert "later than the article, published 2024-05-09" in later
    [never] = found("2024-05-07", None)
    assert "published is null" in never


def test_blame_needs_who_blames_and_nobody_else_has_it() -> None:
    def found(**values: Any) -> list[str]:
        return problems(with_changes(RIGHT, perpetrators=[{"name": "Veldt Brigade", **values}]))

    assert found(status="blamed", blamed_by="Camp Redgate") == []
    assert found(status="suspected") == []
    assert "events.0.perpetrators.0: is blamed, but blamed_by is empty" in found(status="blamed")[0]
    [other] = found(status="claimed", blamed_by="Camp Redgate")
    assert other.startswith("events.0.perpetrators.0.blamed_by: is only for status blamed, and this is claimed")


def test_rows_of_the_same_people_are_one_row() -> None:
    def row(count: int, **values: Any) -> dict[str, Any]:
        return {"effect": "killed", "group": "military", "count": {"min": count, "max": count}, **values}

    apart = with_changes(RIGHT, casualties=[row(1), row(2, effect="injured"), row(3, affiliations=["IQ"])])
    assert problems(apart) == []
    [found] = problems(with_changes(RIGHT, casualties=[row(1), row(2, effect="injured"), row(5)]))
    assert found.startswith("events.0.casualties.2: is of the same people as casualties.0")


def test_a_trap_that_no_list_has_is_a_warning() -> None:
    [found] = unknown_tags(["wire", "trap:dozen", "trap:dozens"], {"trap:dozens", "trap:denied"})
    assert (found.at, found.warning) == (("tags", 1), True)
    assert "did you mean 'trap:dozens'?" in str(found)


def words(first: int, last: int) -> str:
    return " ".join(f"w{number}" for number in range(first, last))


def named(article_id: str, text: str) -> GoldArticle:
    return with_text(gold_of(article_id=article_id), text)


def test_two_articles_that_share_long_runs_of_words_are_named() -> None:
    one, copy = named("a", words(0, 60)), named("b", words(30, 90).upper())
    [(later, found)] = overlaps([one, named("c", words(200, 260)), copy])
    assert later is copy
    assert f"runs of {SHINGLE} words with a.json" in str(found)


def test_articles_that_share_a_phrase_are_not_copies() -> None:
    assert overlaps([named("a", words(0, 60)), named("b", words(0, SHINGLE) + " " + words(100, 150))]) == []
    assert overlaps([named("a", "too short"), named("b", "too short")]) == []


def test_an_id_given_twice_is_named() -> None:
    [(_, found)] = overlaps([named("a", words(0, 20)), named("a", words(30, 50))])
    assert "id 'a' is also that of a.json" in str(found)


def test_an_incident_told_in_two_splits_is_named() -> None:
    dev, also, test = (
        replace(
            named(name, words(start, start + 20)), path=Path(split, f"{name}.json"), incidents={"events.0": "mill-fire"}
        )
        for name, split, start in (("a", "dev", 0), ("b", "dev", 30), ("c", "test", 60))
    )
    assert overlaps([dev, also]) == []
    [(later, found)] = overlaps([dev, also, test])
    assert later is test
    assert str(found).startswith("incidents.events.0: incident 'mill-fire' is told in another split, too")


def test_shingles_are_all_runs_of_eight_words_in_lower_case() -> None:
    assert SHINGLE == 8
    assert shingles_of("A b c d e f g H, i.") == {tuple("abcdefgh"), tuple("bcdefghi")}
    assert shingles_of("a b c") == frozenset()
