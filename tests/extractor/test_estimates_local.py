"""The estimate beside what llama.cpp's own server then reports, on a tiny model with a real tokeniser."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from extractor.engine import Estimate, Options, Totals, estimate, extract_many
from tests.extractor.extraction_cases import PROMPT, SCHEMA
from tests.extractor.test_estimates import fifty

pytest.importorskip(
    "xllamacpp", reason="the local engine is not installed: pip install 'conflict-event-extractor[local]'"
)
local_model = pytest.importorskip("tests.extractor.backends.local_model")


def test_the_estimate_is_within_a_tenth_of_what_llama_cpp_reports_on_fifty_articles(tmp_path: Path) -> None:
    backend = local_model.open_tiny(local_model.make_model(tmp_path / "tiny.gguf"))
    options = Options(concurrency=2, reasks=0, max_tokens=300)

    async def both() -> tuple[Estimate, Totals]:
        try:
            expected = await estimate(fifty(), backend=backend, prompt=PROMPT, schema=SCHEMA, options=options)
            return expected, await extract_many(fifty(), backend=backend, prompt=PROMPT, schema=SCHEMA, options=options)
        finally:
            await backend.aclose()

    expected, totals = asyncio.run(both())
    reported = totals.spent.first
    assert reported.requests == 50
    assert expected.input_tokens == pytest.approx(reported.input_tokens, rel=0.01)
    assert expected.input_tokens + expected.output_tokens == pytest.approx(
        reported.input_tokens + reported.output_tokens, rel=0.1
    )
