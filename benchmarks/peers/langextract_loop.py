"""LangExtract on the same articles, with one example of its own; in the extra `peers`."""

from __future__ import annotations

import asyncio

import langextract  # type: ignore[import-untyped,unused-ignore]
from langextract.factory import ModelConfig  # type: ignore[import-untyped,unused-ignore]

from benchmarks.peers import material

_LONGEST = 20_000
"""Characters that it sends at once: an article is one request, as for the others."""


async def extract(url: str, count: int, in_flight: int, *, first: int = 0) -> int:
    """Extract articles; how many documents had extractions. It has threads of its own and no event loop."""
    return await asyncio.to_thread(_extract, url, count, in_flight, first)


def _extract(url: str, count: int, in_flight: int, first: int) -> int:
    data = langextract.data
    example = data.ExampleData(
        text="A rocket hit the base.",
        extractions=[data.Extraction(extraction_class="quote", extraction_text="A rocket hit the base", attributes={})],
    )
    config = ModelConfig(
        model_id=material.LANGEXTRACT_MODEL,
        provider="openai",
        provider_kwargs={"api_key": "none", "base_url": url, "max_workers": in_flight},
    )
    found = langextract.extract(
        text_or_documents=[
            data.Document(text=article.text, document_id=article.id) for article in material.articles(count, first)
        ],
        prompt_description="Quote what tells of violent events.",
        examples=[example],
        config=config,
        max_workers=in_flight,
        batch_length=in_flight,
        max_char_buffer=_LONGEST,
        show_progress=False,
    )
    return sum(bool(document.extractions) for document in found)
