"""From the text of an answer to events: what is accepted, what is taken out, what is left out, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.engine.answers import EMPTY_ANSWER, Reading, best_reading, read_answer, reask_messages
from extractor.records import Message
from tests.extractor.extraction_cases import EVENT, GOOD, SCHEMA, WRONG, WRONG_EVENT

PLAIN = json.dumps(GOOD)


def read(value: Any) -> Reading:
    return read_answer(value if isinstance(value, str) else json.dumps(value), SCHEMA)


def types(reading: Reading) -> list[str]:
    return [event.model_dump()["event_type"] for event in reading.events]


def test_a_plain_answer_is_valid_and_without_problems() -> None:
    reading = read(GOOD)
    assert types(reading) == ["shelling_missile_attack"]
    assert (reading.problems, reading.complaint, reading.usable, reading.whole) == ((), None, True, True)


def test_an_empty_list_is_a_valid_answer() -> None:
    reading = read({"events": []})
    assert (reading.events, reading.complaint, reading.usable) == ((), None, True)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{PLAIN}\n```",
        f"```\n{json.dumps(GOOD, indent=2)}\n```",
        f"Sure! Here are the events:\n\n```json\n{PLAIN}\n```\nAnything else {{maybe}}?",
        f"Here you go: {PLAIN} I hope that helps.",
        f"<think>The {{article}} says …</think>\n{PLAIN}",
        f"\ufeff{PLAIN}",
    ],
)
def test_an_object_among_other_text_is_taken_out_and_that_is_recorded(text: str) -> None:
    reading = read(text)
    assert types(reading) == ["shelling_missile_attack"]
    assert [(problem.path, problem.kind) for problem in reading.problems] == [("answer", "prose_around_json")]
    assert reading.complaint is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("There are no events in this article.", "no valid JSON"),
        (PLAIN[: len(PLAIN) // 2], "no valid JSON"),
        (f"```json\n{PLAIN[:-3]}\n```", "no valid JSON"),
        (f"{PLAIN} {PLAIN}", "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        ('{"events": ' * 5_000, "no valid JSON"),
        ('{"events": [{"role": "main", "x": "\ud83d"}]}', "no valid JSON"),
    ],
)
def test_what_holds_no_whole_object_is_complained_of_and_not_worth_keeping(text: str, told: str) -> None:
    reading = read_answer(text, SCHEMA)
    assert reading.complaint is not None
    assert reading.complaint.startswith(told)
    assert (reading.usable, reading.whole, reading.events) == (False, False, ())


@given(cut=st.integers(0, len(PLAIN) - 1))
def test_an_answer_cut_anywhere_is_never_taken_for_a_shorter_one(cut: int) -> None:
    assert not read(PLAIN[:cut]).usable


@pytest.mark.parametrize("value", [[EVENT], {"incidents": [EVENT]}, {"events": EVENT}, {"events": None}, 3, None])
def test_json_of_another_form_is_complained_of(value: Any) -> None:
    reading = read(value)
    assert reading.complaint
    assert (reading.usable, reading.whole) == (False, True)


def test_a_wrong_enumeration_value_is_named_with_its_path() -> None:
    reading = read(WRONG)
    assert reading.complaint is not None
    assert reading.complaint.startswith("events.0.event_type: Input should be 'shelling_missile_attack'")
    assert not reading.usable


def test_events_that_validate_are_kept_and_each_other_one_is_a_problem() -> None:
    reading = read({"events": [WRONG_EVENT, EVENT, "no event", {**EVENT, "event_type": "protest"}]})
    assert types(reading) == ["shelling_missile_attack", "protest"]
    assert [(problem.path, problem.kind) for problem in reading.problems] == [
        ("answer.events.0", "invalid_event"),
        ("answer.events.2", "invalid_event"),
    ]
    assert reading.problems[0].message.startswith("event_type: Input should be")
    assert reading.usable
    assert reading.complaint


def test_the_better_answer_is_kept_and_the_later_of_equals() -> None:
    two, one, none = read({"events": [EVENT, EVENT, 1]}), read({"events": [EVENT, 1]}), read("no")
    other = read({"events": [{**EVENT, "event_type": "protest"}, 1]})
    assert best_reading([one, two, none]) is two
    assert best_reading([one, other]) is other
    assert best_reading([none, read(WRONG)]) is None


def test_a_reask_holds_the_original_messages_and_only_the_last_answer() -> None:
    original = (Message("system", "s"), Message("user", "u"))
    messages = reask_messages(original, "bad", "date: wrong")
    assert messages[:3] == (*original, Message("assistant", "bad"))
    assert messages[3].role == "user"
    assert "date: wrong" in messages[3].content
    assert reask_messages(original, " ", "it is empty")[2].content == EMPTY_ANSWER
    assert reask_messages(original, "half \ud83d", "no")[2].content == "half ?"
