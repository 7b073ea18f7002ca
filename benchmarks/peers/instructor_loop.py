"""instructor by itself, in its JSON schema mode, on the same schema and messages."""

from __future__ import annotations

import asyncio
from typing import Any

import instructor
from openai import AsyncOpenAI

from benchmarks.peers import material
from extractor.records import Article


async def extract(url: str, count: int, in_flight: int, *, first: int = 0) -> int:
    """Extract articles; how many events came."""
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        asking = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
        room = asyncio.Semaphore(in_flight)
        root: Any = material.schema().root
        options = {name: value for name, value in material.request().items() if name != "response_format"}

        async def one(article: Article) -> int:
            async with room:
                answer = await asking.chat.completions.create(
                    response_model=root,
                    messages=material.messages(article),  # type: ignore[arg-type]
                    max_retries=0,
                    **options,
                )
            return len(answer.events)

        return sum(await asyncio.gather(*(one(article) for article in material.articles(count, first))))
