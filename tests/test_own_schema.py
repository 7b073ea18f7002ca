"""A user's own schema, quite unlike the default one, through extraction, grounding and scoring, by the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run
from tests.loopback.server import LoopbackServer

SCHEMA = "tests.schemas.acquisitions:Takeover"
TEXT = (
    "Brewer Halden & Sons of Ostrava agreed on 4 March 2024 to buy Kittiwake Ales for 42 million euros. "
    "The deal covers 80 per cent of the shares, and the bank Morrow advised.\n"
)
DEAL: dict[str, Any] = {
    "stage": "agreed",
    "announced": "2024-03-04",
    "buyer": {"name": "Halden & Sons", "country": "CZ", "seat": "Ostrava"},
    "target": {"name": "Kittiwake Ales"},
    "price": {"amount": 42_000_000.0, "currency": "EUR"},
    "stake": 80.0,
    "sectors": ["brewing"],
    "advisers": [{"name": "Morrow"}],
    "quotes": ["agreed on 4 March 2024 to buy Kittiwake Ales for 42 million euros"],
}


@pytest.fixture
def gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "gold"
    folder.mkdir()
    (folder / "deal.json").write_text(json.dumps({"format": 1, "id": "deal", "text": TEXT, "events": [DEAL]}))
    return folder


def test_it_is_asked_for_validated_grounded_and_scored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], loopback: LoopbackServer, gold: Path
) -> None:
    loopback.answer = {"events": [{**DEAL, "stake": 75.0, "stage": "announced"}]}
    arguments = ["--backend", "openai/any", "--base-url", loopback.url, "--schema", SCHEMA, "--json", "scores.json"]
    outcome = run(monkeypatch, capsys, "evals", "run", "--gold", "gold", "--run", "deals", *arguments)
    assert outcome.code == 0, outcome.err

    [request] = loopback.requests
    system = request.body["messages"][0]["content"]
    assert "Per cent of the shares." in system, "the field descriptions of the schema are what the model is shown"
    assert request.body["response_format"]["json_schema"]["schema"]["properties"].keys() == {"events"}

    [line] = map(json.loads, (gold.parent / "runs/deals/extractions.jsonl").read_text().splitlines())
    spans = {span["path"]: span for span in line["spans"]}
    quote = spans["events.0.quotes.0"]
    assert quote["status"] == "exact"
    assert TEXT[quote["start"] : quote["end"]] == DEAL["quotes"][0]
    assert TEXT[slice(spans["events.0.target.name"]["start"], spans["events.0.target.name"]["end"])] == "Kittiwake Ales"
    assert spans["events.0.stake"]["status"] == "ungrounded", "75 stands nowhere in the article"

    scores = json.loads((gold.parent / "scores.json").read_text())
    assert scores["events"]["correct"] == 1
    assert scores["fields"]["stake"]["incorrect"] == 1
    assert scores["fields"]["stage"]["partial"] == 1, "announced is declared near agreed"
    assert scores["fields"]["buyer.name"]["correct"] == 1
    assert scores["errors"]["hallucinated"] == 1


def test_the_baseline_says_that_it_only_knows_its_own_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    (gold.parent / "a.txt").write_text(TEXT)
    outcome = run(monkeypatch, capsys, "extractor", "extract", "a.txt", "--schema", SCHEMA)
    assert outcome.code == 2
    assert "--backend" in outcome.error
