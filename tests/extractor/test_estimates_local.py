"""The estimate beside what llama.cpp's own server then reports, on a tiny model with a real tokeniser."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evals.gold import read_gold
from extractor.engine import Estimate, Options, Totals, estimate, extract_many
from extractor.records import Article
from tests.extractor.extraction_cases import PROMPT, SCHEMA

pytest.importorskip("xllamacpp", reason="the local engine is not installed: pip install -e '.[dev]'")
local_model = pytest.importorskip("tests.extractor.backends.local_model")

GOLD = Path(__file__).parents[2] / "gold" / "conflict" / "dev"
REPORTS = (
    "Gunmen stopped a bus outside {place} on {day} and took {count} passengers, a district official said by telephone.",
    "A roadside bomb near the mill at {place} killed {count} soldiers, the army said on {day}; nobody has claimed it.",
    "Farmers blocked the bridge at {place} for {count} hours on {day}, and police fired tear gas to clear the road.",
    "«Ils ont tiré {count} roquettes sur {place}», a déclaré le préfet {day} ; les dégâts sont légers.",
    "В {place} в {day} ранены {count} человека, сообщили в больнице; ответственность никто не взял.",
    "Prices at the {place} market rose by {count} percent in the week to {day}, traders told the chamber of commerce.",
)


def fifty() -> list[Article]:
    """Gold articles, and invented ones of one sentence to nine, in three languages."""
    gold = [one.article for one in read_gold(GOLD, SCHEMA)][:12]
    return [*gold, *(Article(f"invented-{number}", _report(number)) for number in range(50 - len(gold)))]


def _report(number: int) -> str:
    return " ".join(
        REPORTS[(number + line) % len(REPORTS)].format(
            place=f"Velmora-{number * 7 + line}", day=("Monday", "Friday")[line % 2], count=line + 2
        )
        for line in range(1 + number * 11 % 9)
    )


def test_the_estimate_is_within_a_tenth_of_what_llama_cpp_reports_on_fifty_articles(tmp_path: Path) -> None:
    options = Options(concurrency=2, reasks=0, max_tokens=300)
    articles = fifty()
    assert len({len(article.text) for article in articles}) > 30, "of many lengths"
    backend = local_model.open_tiny(local_model.make_model(tmp_path / "tiny.gguf"))

    async def both() -> tuple[Estimate, Totals]:
        try:
            expected = await estimate(articles, backend=backend, prompt=PROMPT, schema=SCHEMA, options=options)
            return expected, await extract_many(
                articles, backend=backend, prompt=PROMPT, schema=SCHEMA, options=options
            )
        finally:
            await backend.aclose()

    expected, totals = asyncio.run(both())
    reported = totals.spent.first
    assert reported.requests == 50
    assert expected.notes[0] == "input: 50 requests counted by the server's own tokeniser, of all requests"
    assert expected.input_tokens == reported.input_tokens, "counted by the same tokeniser and template"
    # what a model of noise writes cannot be foreseen, and is a small part of it all
    assert expected.input_tokens + expected.output_tokens == pytest.approx(
        reported.input_tokens + reported.output_tokens, rel=0.1
    )
