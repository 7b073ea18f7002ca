"""Whether a recorded run still is what it says: prompt, schema, gold and model as they are now against its digests.

Reads prompts and schemas, asks no model. What a hosted endpoint serves today under the same name cannot be known from
here; what can be known is which models answered while the run was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evals.running import PROMPT, ScoredRun
from extractor.errors import PromptError
from extractor.runs import RunInfo, code_digest
from extractor.schemas import load_schema

IN_PROCESS = "rules/"
"""Backends whose model is the code of this package."""


def stale_parts(run: ScoredRun, gold_now: str) -> list[str]:
    """What changed since a run was recorded, in words; empty when nothing did.

    Args:
        run: the run, as read.
        gold_now: digest of the gold as it is (`evals.gold.gold_digest`).
    """
    return [*_prompt(run.info), *_schema(run.info), *gold_part(run, gold_now), *_model(run.info)]


def gold_part(run: ScoredRun, gold_now: str) -> list[str]:
    """The gold's part of `stale_parts`: all that a baseline, which may be of another prompt or model, must agree in."""
    return ["the gold"] if run.info.digests.gold not in (None, gold_now) else []


def _prompt(info: RunInfo) -> Iterator[str]:
    from extractor.prompts import load_prompt

    given = info.options.get(PROMPT)  # a folder is found by its path; a bare name may mean a later version by now
    try:
        now = load_prompt(given if isinstance(given, str) and Path(given).is_dir() else info.prompt).digest
    except PromptError as error:
        yield f"the prompt {info.prompt} (it cannot be loaded any more: {error})"
        return
    if now != info.digests.prompt:
        yield f"the prompt {info.prompt}"


def _schema(info: RunInfo) -> Iterator[str]:
    if load_schema(info.schema).digest != info.digests.schema:
        yield f"the schema {info.schema}"


def _model(info: RunInfo) -> Iterator[str]:
    if info.backend.startswith(IN_PROCESS):
        if info.digests.code != code_digest() or info.digests.earlier_code:
            yield f"the model {info.backend} (its rules are this package's code)"
    elif len(info.models) > 1:
        yield f"the model while it ran ({', '.join(info.models)} answered)"
