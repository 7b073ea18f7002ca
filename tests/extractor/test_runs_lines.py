"""Lines that survive being cut at any byte: what was whole stays, what was torn is done again, nothing else changes."""

from __future__ import annotations

import errno
import os
import tempfile
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import RunError
from extractor.records import Failure
from extractor.runs import open_run, read_extractions, read_failures
from extractor.runs.lines import LineFile
from tests.extractor.extraction_cases import IDENTITY, extraction

IDS = [f"id {number} – “ü”" for number in range(4)]


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_after_a_cut_at_any_byte_resuming_gives_each_article_exactly_once(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "r"
        with open_run(folder, IDENTITY) as run:
            for name in IDS:
                run.append(extraction(name, events=[{"evidence": ["Ж\n{"]}]))
        path = folder / "extractions.jsonl"
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        # a line that lacks only its newline counts, too
        ends = list(accumulate(len(line) for line in whole.splitlines(keepends=True)))
        counted = [each.article_id for each in read_extractions(folder)]
        assert counted == IDS[: sum(cut >= end - 1 for end in ends)]
        with open_run(folder, IDENTITY) as run:
            assert [name for name in IDS if run.is_done(name)] == counted
            for name in IDS:
                if not run.is_done(name):
                    run.append(extraction(name, events=[{"evidence": ["Ж\n{"]}]))
        assert path.read_bytes() == whole


@settings(deadline=None)
@given(cut=st.integers(0, 10_000), tail=st.binary(max_size=20).filter(lambda value: b"\n" not in value))
def test_garbage_after_a_cut_is_taken_away(cut: int, tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "lines"
        whole = b'{"a":1}\n{"b":"' + b"x" * 9_000 + b'"}\n{"c":3}\n'
        path.write_bytes(whole[:cut] + b"\0" + tail)
        file = LineFile(path)
        file.add(b'{"d":4}')
        file.close()
        kept = whole[:cut][: whole[:cut].rfind(b"\n") + 1]
        assert path.read_bytes() == kept + b'{"d":4}\n'


def test_a_long_torn_line_is_taken_away_whole(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b'{"a":1}\n{"b":"' + b"x" * 300_000)
    LineFile(path).close()
    assert path.read_bytes() == b'{"a":1}\n'


def test_a_torn_failure_is_forgotten_and_its_article_new_again(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(Failure("a", "refusal", "no"))
        run.append(Failure("b", "refusal", "no"))
    path = tmp_path / "r" / "failures.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    assert [failure.article_id for failure in read_failures(tmp_path / "r")] == ["a"]
    with open_run(tmp_path / "r", IDENTITY) as run:
        assert (run.failure_kind("a"), run.failure_kind("b")) == ("refusal", None)


def test_a_write_that_fails_halfway_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LineFile(tmp_path / "lines")
    file.add(b'{"a":1}')
    real, left = os.write, 4

    def full(descriptor: int, data: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(descriptor, bytes(data)[:left])
        left -= written
        return written

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunError, match=r"lines: cannot be written: No space left on device; .*resumes"):
        file.add(b'{"b":2}')
    monkeypatch.undo()
    file.add(b'{"c":3}')
    file.close()
    assert (tmp_path / "lines").read_bytes() == b'{"a":1}\n{"c":3}\n'
