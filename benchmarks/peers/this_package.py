"""This package with all it does: prompt, validation, grounding, cache, run folder, results told once they are safe."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers import material
from extractor.backends import open_backend
from extractor.cache import ResponseCache
from extractor.engine import Options, Totals, extract_many, run_identity
from extractor.records import Extraction, Failure
from extractor.runs import open_run


async def extract(
    url: str,
    count: int,
    in_flight: int,
    *,
    first: int = 0,
    folder: Path,
    run: str = "run",
    model: str = material.MODEL,
) -> Totals:
    """Extract articles into `folder/run`, with the cache in `folder`.

    Raises:
        AssertionError: an article did not end as it must.
    """
    told = events = 0

    def result(result: Extraction | Failure) -> None:
        nonlocal told, events
        told += 1
        events += len(result.events) if isinstance(result, Extraction) else 0

    backend = open_backend(f"openai/{model}", base_url=url, max_connections=in_flight)
    prompt, schema = material.load_conflict(), material.schema()
    options = Options(concurrency=in_flight)
    try:
        with (
            ResponseCache(folder / "cache.sqlite") as cache,
            open_run(folder / run, run_identity(backend, prompt, schema, options)) as opened,
        ):
            totals = await extract_many(
                material.articles(count, first),
                backend=backend,
                prompt=prompt,
                schema=schema,
                options=options,
                cache=cache,
                run=opened,
                on_result=result,
            )
    finally:
        await backend.aclose()
    assert told == totals.done == count - totals.skipped, totals
    assert events == told * material.EVENTS[model]
    return totals
