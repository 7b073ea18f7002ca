"""The loop that one would write first: AsyncOpenAI, a semaphore, the answer validated. Same requests, nothing kept."""

from __future__ import annotations

import asyncio
from typing import Any

from openai import AsyncOpenAI

from benchmarks.peers import material
from extractor.records import Article


async def extract(url: str, count: int, in_flight: int, *, first: int = 0) -> int:
    """Extract articles; how many events came."""
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        room = asyncio.Semaphore(in_flight)
        root: Any = material.schema().root

        async def one(article: Article) -> int:
            async with room:
                answer = await client.chat.completions.create(
                    messages=material.messages(article),  # type: ignore[arg-type]
                    **material.request(),
                )
            return len(root.model_validate_json(answer.choices[0].message.content or "").events)

        return sum(await asyncio.gather(*(one(article) for article in material.articles(count, first))))
