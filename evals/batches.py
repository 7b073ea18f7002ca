"""Gold articles through batch files: what `extractor.batch` is asked to write so that the run can be scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.gold import gold_digest, read_gold
from evals.running import PROMPT, PUBLISHED
from extractor.batch import WriteJob
from extractor.schemas import load_schema


@dataclass(frozen=True, slots=True)
class GoldBatch:
    """A batch over gold articles, as asked for; `writing` are further arguments of `extractor.batch.WriteJob`."""

    gold: Path
    output: Path
    model: str
    prompt: str | None
    schema: str
    published: bool
    texts: Path | None
    writing: dict[str, Any]


def gold_job(batch: GoldBatch) -> WriteJob:
    """What to write: the articles as `evals run` would give them to a backend, and where they come from.

    Raises:
        GoldError: the gold cannot be used.
    """
    gold = read_gold(batch.gold, load_schema(batch.schema), texts=batch.texts)
    return WriteJob(
        articles=[one.article if batch.published else replace(one.article, published=None) for one in gold],
        output=batch.output,
        model=batch.model,
        prompt=batch.prompt,
        schema=batch.schema,
        run_options={"gold": batch.gold.name, PUBLISHED: batch.published, PROMPT: batch.prompt},
        gold_digest=gold_digest(gold),
        **batch.writing,
    )
