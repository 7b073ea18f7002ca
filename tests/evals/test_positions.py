"""Where the values of a JSON text stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.positions import NotJsonError, Path, read_positions

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)


def paths(value: Any, at: Path = ()) -> list[tuple[Path, Any]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [(at, value), *(found for key, item in inner for found in paths(item, (*at, key)))]


@given(VALUES, st.sampled_from([None, 0, 1, 4]), st.booleans(), st.text("\n \t", max_size=3))
def test_every_value_is_found_where_it_stands(value: Any, indent: int | None, ascii_only: bool, around: str) -> None:
    text = around + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + around
    found = read_positions(text)
    assert found.value == value
    assert found.repeated == []
    assert set(found.starts) == {path for path, _ in paths(value)}
    decoder = json.JSONDecoder()
    for path, expected in paths(value):
        start = found.starts[path]
        if path and isinstance(path[-1], str):
            key, behind = decoder.raw_decode(text, start)
            assert key == path[-1]
            start = text.index(":", behind) + 1
            start += len(text[start:]) - len(text[start:].lstrip())
        assert decoder.raw_decode(text, start)[0] == expected
        assert found.line(path) == text[: found.starts[path]].count("\n") + 1


@given(VALUES)
def test_a_place_that_is_not_there_is_looked_for_around_it(value: Any) -> None:
    found = read_positions(json.dumps({"a": value}, indent=1))
    assert found.line(("a", "no such key at all", 7)) == 2 == found.line(("a",))
    assert found.line(("b",)) == 1


def test_a_key_that_stands_twice_is_noted_and_the_last_counts() -> None:
    found = read_positions('{\n"a": {"x": [1]},\n"b": 1,\n"a": {"y": 2}\n}')
    assert found.value == {"a": {"y": 2}, "b": 1}
    assert [path for path, _ in found.repeated] == [("a",)]
    assert found.line(("a", "y")) == 4
    assert ("a", "x") not in found.starts


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n"a": 1\n"b": 2\n}', 2, "a comma or a closing bracket is missing behind this"),
        ('{\n"a": [1,\n2,\n\n]}', 3, "take away this comma before ]"),
        ('{\n"a": 1,\n}', 2, "take away this comma before }"),
        ("{\n'a': 1}", 2, "a key in double quotes"),
        ('{"a":\n}', 2, "a value is missing here"),
        ('{"a" 1}', 1, "a colon is missing"),
        ('{"a": "one\ntwo"}', 1, "write a line break as \\n"),
        ('{"a": "one}', 1, "no closing double quote"),
        ('{"a": "C:\\d"}', 1, "write it twice"),
        ("{}\n{}", 2, "behind the end"),
        ('{\n"a": "he said "no" to it"}', 2, r"or a quote mark inside a text needs \" before it"),
        ('{"a "b" c": 1}', 1, r"or a quote mark inside a text needs \" before it"),
        ('{\n"a": "main,\n"b": 1}', 2, "close its quote first"),
        ('{"a": "main', 1, "close its quote first"),
        ('{"a": "he said “no”\nto it"}', 1, "close its quote first"),
        ('{\n"a": 1, // one\n"b": 2}', 2, "JSON has no comments: delete it"),
        ('{\n"a": 1 /* one */}', 2, "JSON has no comments: delete it"),
        ('{"a": 1}\n# one', 2, "JSON has no comments: delete it"),
        ("{“a”: 1}", 1, "these are curly quotes: use straight ones"),
        ('{\n"a": “one”}', 2, "these are curly quotes: use straight ones"),
        ('{\n"a": "one”,\n"b": 1}', 2, "these are curly quotes: use straight ones"),
        ("", 1, "a value is missing"),
        ("[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_named_by_line_with_what_to_do(text: str, line: int, says: str) -> None:
    with pytest.raises(NotJsonError) as caught:
        read_positions(text)
    assert says in str(caught.value)
    assert caught.value.line == line
