from __future__ import annotations

import pytest

from extractor.grounding.dates import find_dates
from extractor.grounding.folding import Index
from extractor.grounding.numbers import find_numbers, is_measure


def numbers(text: str) -> dict[float, list[str]]:
    return {value: [text[m.start : m.end] for m in found] for value, found in find_numbers(Index(text)).items()}


def dates(text: str) -> list[tuple[str, tuple[int | None, ...]]]:
    return [
        (text[date.start : date.end], (date.year, date.month, date.day, date.last_day))
        for date in find_dates(Index(text))
    ]


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("seven rockets", 7, "seven"),
        ("Seven rockets", 7, "Seven"),
        ("7 rockets", 7, "7"),
        ("7people fled", 7, "7"),
        ("twenty-five hurt", 25, "twenty-five"),
        ("twenty five hurt", 25, "twenty five"),
        ("one hundred and two hurt", 102, "one hundred and two"),
        ("a hundred hurt", 100, "a hundred"),
        ("1,200 men", 1200, "1,200"),
        ("12,345,678 men", 12345678, "12,345,678"),
        ("two dozen men", 24, "two dozen"),
        ("a dozen men", 12, "a dozen"),
        ("half a dozen men", 6, "half a dozen"),
        ("3 thousand men", 3000, "3 thousand"),
        ("1.2 million people", 1200000, "1.2 million"),
        ("dozens of men", 12, "dozens"),
        ("scores of men", 20, "scores"),
        ("hundreds of men", 100, "hundreds"),
        ("tens of thousands fled", 10000, "tens of thousands"),
        ("several men", 2, "several"),
        ("a number of men", 2, "a number of"),
        ("a few men", 2, "a few"),
        ("no men", 0, "no"),
        ("None died", 0, "None"),
        ("without casualties", 0, "without"),
        ("no one died", 0, "no one"),
        ("zero casualties", 0, "zero"),
        ("both pilots", 2, "both"),
        ("the base—nine fled", 9, "nine"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, value: int, written: str) -> None:
    assert numbers(text) == {value: [written]}


@pytest.mark.parametrize(
    "text", ["K1", "the F-16", "COVID-19", "at 8:45pm", "the 5th", "Brigade44", "2021-03-09", "B2B"]
)
def test_digits_inside_something_else_are_no_number(text: str) -> None:
    assert numbers(text) == {}


def test_neighbouring_numbers_are_kept_apart() -> None:
    assert numbers("two three-storey houses") == {2: ["two"], 3: ["three"]}
    assert numbers("killed twenty and seven fled") == {20: ["twenty"], 7: ["seven"]}
    assert numbers("20–30 shells") == {20: ["20"], 30: ["30"]}
    assert numbers("seventeen, often weighing a stone") == {17: ["seventeen"]}


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("30 km north", True),
        ("30km north", None),
        ("30 percent", True),
        ("30% of it", True),
        ("a 30-year-old man", True),
        ("$30 a day", True),
        ("on 30 March", True),
        ("March 30", True),
        ("in 2019 it was", True),
        ("at 1745 GMT", True),
        ("three days later", True),
        ("30 rockets", False),
        ("killed 2019 people", False),
        ("thirty men", False),
        ("dozens of men", False),
    ],
)
def test_measures_are_told_from_counts(text: str, measures: bool | None) -> None:
    index = Index(text)
    mentions = [mention for found in find_numbers(index).values() for mention in found]
    assert [is_measure(index.plain, mention) for mention in mentions] == ([] if measures is None else [measures])


@pytest.mark.parametrize(
    ("text", "written", "parts"),
    [
        ("on 3 March 2021.", "3 March 2021", (2021, 3, 3, None)),
        ("on March 3, 2021,", "March 3, 2021", (2021, 3, 3, None)),
        ("on March 3.", "March 3", (None, 3, 3, None)),
        ("on the 22nd of March.", "22nd of March", (None, 3, 22, None)),
        ("on Sept. 5 he", "Sept. 5", (None, 9, 5, None)),
        ("in late December he", "December", (None, 12, None, None)),
        ("in December 2019 he", "December 2019", (2019, 12, None, None)),
        ("from March 3-5, 2020 on", "March 3-5, 2020", (2020, 3, 3, 5)),
        ("3–5 April", "3–5 April", (None, 4, 3, 5)),
        ("on 2021-03-09,", "2021-03-09", (2021, 3, 9, None)),
        ("on 25/12/2020.", "25/12/2020", (2020, 12, 25, None)),
        ("since 2019.", "2019", (2019, None, None, None)),
        ("by May 2020", "May 2020", (2020, 5, None, None)),
        ("in May.", "May", (None, 5, None, None)),
    ],
)
def test_a_date_is_read_however_it_is_written(text: str, written: str, parts: tuple[int | None, ...]) -> None:
    assert dates(text) == [(written, parts)]


@pytest.mark.parametrize(
    "text", ["they may march", "at 1745 GMT", "on Tuesday", "$2019", "the 2,019 men", "12:20", "99 Jane"]
)
def test_other_words_and_digits_are_no_date(text: str) -> None:
    assert dates(text) == []


def test_a_numeric_date_with_two_readings_has_both() -> None:
    assert [(date.month, date.day, date.is_certain) for date in find_dates(Index("03/04/2021"))] == [
        (3, 4, False),
        (4, 3, False),
    ]
