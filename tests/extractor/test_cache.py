"""The response cache: what is kept, what makes two requests the same, and what happens to a damaged file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.cache import KeyMaker, ResponseCache, default_path, export, key_components, prune, stats
from extractor.errors import UsageError
from extractor.records import Article, Completion, Message, Request, Usage

REQUEST = Request(
    article=Article("a", "A text."),
    messages=(Message("system", "Do."), Message("user", "A text.")),
    schema_name="conflict",
    json_schema={"type": "object", "properties": {"a": {}, "b": {}}},
)
ANSWER = Completion('{"events": []}', model="m-1", usage=Usage(10, 2, 1), latency_s=3.0, cost_usd=0.125)
KEY = b"k" * 32


def key(request: Request = REQUEST, backend: str = "openai/m", endpoint: str = "https://host/v1") -> bytes:
    return KeyMaker(backend=backend, endpoint=endpoint)(request)


@pytest.mark.parametrize(
    "changed",
    [
        key(replace(REQUEST, messages=(*REQUEST.messages, Message("user", "Again.")))),
        key(replace(REQUEST, messages=(Message("user", "Do."), Message("user", "A text.")))),
        key(replace(REQUEST, messages=(Message("system", "Do.A"), Message("user", " text.")))),
        key(replace(REQUEST, schema_name="other")),
        key(replace(REQUEST, json_schema={"type": "object"})),
        key(replace(REQUEST, json_schema={"type": "object", "properties": {"b": {}, "a": {}}})),
        key(replace(REQUEST, max_tokens=1)),
        key(replace(REQUEST, temperature=0.5)),
        key(replace(REQUEST, temperature=None)),
        key(replace(REQUEST, seed=0)),
        key(replace(REQUEST, repeat=1)),
        key(backend="openai/n"),
        key(endpoint="https://other/v1"),
    ],
)
def test_everything_that_makes_the_answer_makes_another_key(changed: bytes) -> None:
    assert changed != key()


def test_what_no_model_sees_makes_no_other_key() -> None:
    assert key(replace(REQUEST, article=Article("b", "A text.", source="agency"))) == key()


def test_a_key_maker_follows_the_schema_of_each_request() -> None:
    maker = KeyMaker(backend="openai/m", endpoint="https://host/v1")
    other = replace(REQUEST, json_schema={})
    assert [maker(REQUEST), maker(other), maker(REQUEST)] == [key(), key(other), key()]


def test_the_components_name_every_field_of_a_request_but_the_article() -> None:
    components = key_components(REQUEST, backend="b", endpoint="e", schema_digest="d")
    fields = set(Request.__dataclass_fields__) - {"article", "json_schema"}
    assert components.keys() == fields | {"backend", "endpoint", "schema_digest"}


def test_an_answer_comes_back_as_cached_without_latency_at_once_and_after_reopening(tmp_path: Path) -> None:
    kept = replace(ANSWER, cached=True, latency_s=None)
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        assert cache.get(KEY) is None
        cache.put(KEY, ANSWER, backend="openai/m")
        assert cache.get(KEY) == kept
        cache.flush()
        assert cache.get(KEY) == kept
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        assert cache.get(KEY) == kept


@settings(deadline=None)
@given(text=st.text(min_size=1).filter(str.strip), cost=st.none() | st.floats(0, 10), tokens=st.integers(0, 10**9))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, text: str, cost: float | None, tokens: int
) -> None:
    answer = Completion(text, usage=Usage(tokens), cost_usd=cost)
    with ResponseCache(tmp_path_factory.getbasetemp() / "any.sqlite") as cache:
        cache.put(KEY, answer, backend="x")
        cache.flush()
        assert cache.get(KEY) == replace(answer, cached=True)


@pytest.mark.parametrize(
    "answer",
    [
        replace(ANSWER, finish="length"),
        replace(ANSWER, finish="refusal"),
        replace(ANSWER, finish="content_filter"),
        replace(ANSWER, text="  "),
        replace(ANSWER, cached=True),
    ],
)
def test_what_is_no_good_answer_is_not_kept(tmp_path: Path, answer: Completion) -> None:
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        cache.put(KEY, answer, backend="openai/m")
        assert cache.get(KEY) is None
        cache.flush()
        assert cache.get(KEY) is None


def test_a_file_that_is_no_database_is_set_aside_with_a_message(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"not a database at all, but quite long enough to be looked at" * 20)
    told: list[str] = []
    with ResponseCache(path, on_message=told.append) as cache:
        cache.put(KEY, ANSWER, backend="m")
        cache.flush()
        assert cache.get(KEY) is not None
    [message] = told
    assert "is damaged" in message
    assert "c.sqlite.damaged-1" in message
    assert (tmp_path / "c.sqlite.damaged-1").read_bytes().startswith(b"not a database")


def test_a_changed_answer_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with ResponseCache(path) as cache:
        cache.put(KEY, ANSWER, backend="m")
    content = path.read_bytes()
    assert content.count(b'\\"events\\": []') == 1
    path.write_bytes(content.replace(b'\\"events\\": []', b'\\"evil_s\\": []'))
    told: list[str] = []
    with ResponseCache(path, on_message=told.append) as cache:
        assert cache.get(KEY) is None
        cache.put(KEY, ANSWER, backend="m")
        cache.flush()
        assert cache.get(KEY) is not None
    assert len(told) == 1
    assert "an answer in it was changed" in told[0]


@settings(deadline=None, max_examples=40)
@given(start=st.integers(0, 40_000), junk=st.binary(min_size=1, max_size=5_000))
def test_damage_anywhere_never_gives_a_wrong_answer(
    tmp_path_factory: pytest.TempPathFactory, start: int, junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "c.sqlite"
    answers = {bytes([number]) * 32: Completion(f'{{"n": {number}, "x": "{"y" * 300}"}}') for number in range(60)}
    with ResponseCache(path) as cache:
        for each, answer in answers.items():
            cache.put(each, answer, backend="m")
    content = bytearray(path.read_bytes())
    content[start : start + len(junk)] = junk
    path.write_bytes(content)
    with ResponseCache(path, on_message=lambda _: None) as cache:
        for each, answer in answers.items():
            assert cache.get(each) in (None, replace(answer, cached=True))
        cache.put(KEY, ANSWER, backend="m")
        cache.flush()


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from extractor.cache import ResponseCache; from extractor.records import Completion\n"
        "def fail(message): raise SystemExit(message)\n"
        "with ResponseCache(sys.argv[1], on_message=fail) as cache:\n"
        "    for n in range(300):\n"
        "        cache.put(sys.argv[2].encode() + n.to_bytes(31, 'big'), Completion(str(n)), backend=sys.argv[2])\n"
        "        if n % 30 == 0: cache.flush()\n"
    )
    path = tmp_path / "c.sqlite"
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name], cwd=root)  # our own program
        for name in "abc"
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert stats(path).backends == {"a": 300, "b": 300, "c": 300}


def test_threads_may_share_one_cache(tmp_path: Path) -> None:
    wrong: list[Any] = []

    def use(number: int) -> None:
        for step in range(100):
            mine = bytes([number, step]) * 16
            cache.put(mine, Completion(f"{number}/{step}"), backend="m")
            found = cache.get(mine)
            if found is None or found.text != f"{number}/{step}":
                wrong.append(found)

    with ResponseCache(tmp_path / "c.sqlite") as cache:
        threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert stats(tmp_path / "c.sqlite").answers == 400


def test_a_cache_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="EXTRACTOR_CACHE"):
        ResponseCache(tmp_path / "file" / "c.sqlite")


def test_the_place_comes_from_the_environment(tmp_path: Path) -> None:
    assert default_path({"EXTRACTOR_CACHE": str(tmp_path)}) == tmp_path / "responses.sqlite"
    assert default_path({"EXTRACTOR_CACHE": str(tmp_path / "x.sqlite")}) == tmp_path / "x.sqlite"
    assert default_path({}).name == "responses.sqlite"


def test_stats_prune_and_export_tell_and_clear(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    day = datetime(2031, 1, 1, tzinfo=UTC).timestamp()
    for number, backend in enumerate(["openai/old", "openai/old", "openai/new"]):
        with ResponseCache(path, clock=lambda number=number: day + number * 86_400) as cache:  # type: ignore[misc]
            cache.put(bytes([number]) * 32, replace(ANSWER, text=f"text {number}"), backend=backend)
    told = stats(path)
    assert (told.answers, told.backends) == (3, {"openai/new": 1, "openai/old": 2})
    assert (told.oldest, told.newest) == (datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 3, tzinfo=UTC))
    assert told.size >= path.stat().st_size > 0
    exported = list(export(path))
    assert [row["text"] for row in exported] == ["text 0", "text 1", "text 2"]
    assert exported[0]["key"] == "00" * 32
    assert exported[0]["usage"] == {"input_tokens": 10, "output_tokens": 2, "cached_tokens": 1}
    now = datetime(2031, 1, 3, tzinfo=UTC)
    assert prune(path, older_than=timedelta(days=1, hours=12), now=now) == 1
    assert prune(path, backend="openai/new") == 1
    assert stats(path).backends == {"openai/old": 1}
    assert prune(path) == 1
    assert stats(path).oldest is None


def test_upkeep_of_what_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cache at"):
        stats(tmp_path / "c.sqlite")


def test_a_cache_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractor.cache.database.BUSY_TIMEOUT_S", 0.05)
    told: list[str] = []
    path = tmp_path / "c.sqlite"
    with ResponseCache(path, on_message=told.append) as cache:
        cache.put(KEY, ANSWER, backend="m")
        cache.flush()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # a process that writes and does not come to an end
            for number in range(3):
                cache.put(bytes([number]) * 32, ANSWER, backend="m")
                cache.flush()
        assert cache.get(KEY) is not None
        assert cache.get(bytes(32)) is None
    [message] = told
    assert "database is locked: new answers are not kept" in message
