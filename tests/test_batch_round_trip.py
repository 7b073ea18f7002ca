"""200 articles, a tenth of them answered wrongly at first, two rounds of re-asks: through batch files and online, with
the real commands and the same model behind both. What comes out is the same, byte for byte.

`latency_s` is the one key that says how an answer travelled and not what it was, so a batch has none: its lines must
hold null, and the online lines are compared with theirs set to null. Lines are in the order in which articles ended,
which no run promises; they are compared by article.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run
from tests.extractor.batch_cases import stubborn
from tests.extractor.extraction_cases import articles, lines
from tests.loopback.server import LoopbackServer

COUNT = 200
SENT = (200, 20, 10)
PROMPT = str(Path(__file__).parents[1] / "prompts" / "conflict" / "1")
MADE_WITH = ("--prompt", PROMPT, "--reasks", "2")
_LATENCY = re.compile(rb'"latency_s":(null|[0-9.e+-]+),"backend"')
_OF_ITS_OWN = ("name", "started", "finished", "options")
"""Keys of `run.json` that no two runs share."""


@pytest.fixture
def folder(tmp_path: Path, loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", loopback.url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    rows = [json.dumps({"id": one.id, "text": one.text}) for one in articles(COUNT)]
    (tmp_path / "news.jsonl").write_text("\n".join(rows))
    loopback.answer = stubborn
    return tmp_path


def without_latency(path: Path) -> tuple[list[bytes], set[bytes]]:
    """The lines of `extractions.jsonl` by article with `latency_s` null, and what stood there."""
    found, seconds = [], set()
    for line in path.read_bytes().splitlines():
        matched = _LATENCY.findall(line)
        assert len(matched) == 1
        seconds.add(matched[0])
        found.append(_LATENCY.sub(b'"latency_s":null,"backend"', line))
    return sorted(found), seconds


def shared(path: Path) -> dict[str, Any]:
    return {name: value for name, value in json.loads(path.read_bytes()).items() if name not in _OF_ITS_OWN}


def test_a_batch_of_200_ends_as_the_online_path_byte_for_byte(
    folder: Path, loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def extractor(*arguments: str, code: int = 0) -> None:
        outcome = run(monkeypatch, capsys, "extractor", *arguments)
        assert outcome.code == code, outcome.err

    model = "openai/some-model"
    extractor("extract", "news.jsonl", "--backend", model, *MADE_WITH, "--no-cache", "--run", "online", code=1)
    assert loopback.count == sum(SENT)
    extractor("batch", "write", "news.jsonl", "--model", model, *MADE_WITH, "-o", "requests.jsonl")
    for number, expected in enumerate(SENT, 1):
        part = "" if number == 1 else f".{number}"
        assert len(lines(folder / f"requests{part}.jsonl")) == expected
        extractor("batch", "submit", f"requests{part}.jsonl")
        extractor("batch", "fetch", f"requests{part}.jsonl", "--wait")
        extractor("batch", "read", f"answers{part}.jsonl", "-r", f"requests{part}.jsonl", "--run", "batch", code=1)
    assert not (folder / "requests.4.jsonl").exists()

    online, batch = folder / "runs" / "online", folder / "runs" / "batch"
    expected, waited = without_latency(online / "extractions.jsonl")
    found, none = without_latency(batch / "extractions.jsonl")
    assert found == expected
    assert (none, b"null" in waited) == ({b"null"}, False)
    assert len(expected) == 198
    for name in ("failures.jsonl", "answers.jsonl"):
        assert sorted((batch / name).read_bytes().splitlines()) == sorted((online / name).read_bytes().splitlines())
    assert len(lines(online / "failures.jsonl")) == 2
    assert len(lines(online / "answers.jsonl")) == sum(SENT)
    assert shared(batch / "run.json") == shared(online / "run.json")
