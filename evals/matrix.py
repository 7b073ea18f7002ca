"""Backends × prompts × repeats over the same gold: where each run stands, and what each combination came to.

runs/NAME/<backend>-<prompt>/repeat-0, repeat-1, …      a matrix
runs/NAME/repeat-0, repeat-1, …                         one combination, repeated
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.comparing import counts_of, incident_clusters, row_names
from evals.running import ScoredRun
from evals.stats import Interval, RepeatNoise, figure_of, intervals, repeat_noise
from extractor.errors import UsageError
from extractor.runs import Spend, check_not_single, repeat_folder

RESAMPLES = 2000
_FEWEST_REPEATS = 2
_TWENTIETHS, _NINETEENTH = 20, 18


@dataclass(frozen=True, slots=True)
class Combination:
    """A backend and a prompt: the prompt as asked for (None for the schema's own), its reference, and the folders."""

    backend: str
    prompt: str | None
    ref: str
    folder: Path
    repeats: int

    @property
    def runs(self) -> list[Path]:
        """The folder of each repeat."""
        return [repeat_folder(self.folder, number) for number in range(self.repeats)]


def plan(
    root: Path, backends: Sequence[str], prompts: Sequence[tuple[str | None, str]], repeats: int
) -> list[Combination]:
    """All combinations, each given once, with their folders.

    Args:
        root: the folder of the whole, `runs/NAME`.
        backends: `provider/model`.
        prompts: as asked for, each with its reference `name/version`.
        repeats: of each, 1 or more.

    Raises:
        UsageError: two combinations would write into one folder.
        RunError: a folder holds a single run.
    """
    pairs = list(dict.fromkeys((backend, prompt) for backend in backends for prompt in prompts))
    found: dict[Path, Combination] = {}
    for backend, (prompt, ref) in pairs:
        folder = root / folder_name(f"{backend}-{ref}") if len(pairs) > 1 else root
        if folder in found:
            raise UsageError(f"{backend} with prompt {ref} is asked for twice, from different folders: leave one out")
        check_not_single(folder)
        found[folder] = Combination(backend, prompt, ref, folder, repeats)
    return list(found.values())


def folder_name(text: str) -> str:
    """A text in characters that any folder can have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")


@dataclass(frozen=True, slots=True)
class Measured:
    """One row's micro F1, with its interval and, if repeated, how much it moves from repeat to repeat."""

    f1: float | None
    interval: Interval | None
    noise: RepeatNoise | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What one combination came to.

    Attributes:
        runs: its repeats, scored.
        rows: F1 by the name of the row, `events` and `tier.1` first.
        failed, absent: articles without an extraction, added up over repeats.
        answers: tokens and cost of all answers, those from the cache as when they were made.
        paid: the part of it that these runs paid for.
        latency_s: median and 95th percentile of the seconds an article took; None without uncached answers.
    """

    combination: Combination
    runs: Sequence[ScoredRun]
    rows: dict[str, Measured]
    failed: int
    absent: int
    answers: Spend
    paid: Spend
    latency_s: tuple[float, float] | None

    @property
    def cost_usd(self) -> float | None:
        """Cost of all answers; None when a price is not known."""
        return None if self.answers.unpriced else self.answers.cost_usd


def summarise(
    combination: Combination, runs: Sequence[ScoredRun], latencies: Sequence[float], resamples: int
) -> Summary:
    """Figures, cost, tokens, latency and failures of one combination.

    Args:
        combination: what was run.
        runs: its repeats, scored against the same gold.
        latencies: seconds of every article that was not answered from the cache.
        resamples: of the intervals; 0 for none.
    """
    paid, cached = Spend(), Spend()
    for run in runs:
        paid += run.info.usage.paid
        cached += run.info.usage.cache
    return Summary(
        combination=combination,
        runs=runs,
        rows=_measured(runs, resamples),
        failed=sum(len(run.scores.failed) for run in runs),
        absent=sum(len(run.scores.absent) for run in runs),
        answers=paid + cached,
        paid=paid,
        latency_s=_median_and_95th(latencies),
    )


def _measured(runs: Sequence[ScoredRun], resamples: int) -> dict[str, Measured]:
    counts = counts_of([run.scores for run in runs])
    names = row_names(runs[0].scores.scorer.columns)
    repeated = len(runs) >= _FEWEST_REPEATS
    values = figure_of(counts.sum(axis=tuple(range(counts.ndim - 2))))
    found = (
        intervals(counts, figures=("f1",), resamples=resamples, clusters=incident_clusters(runs[0].gold))["f1"]
        if resamples
        else [None] * len(names)
    )
    noise: Sequence[RepeatNoise | None] = repeat_noise(counts) if repeated else [None] * len(names)
    filled = np.asarray(counts.any(axis=(*range(counts.ndim - 2), counts.ndim - 1)))
    return {
        name: Measured(None if value != value else float(value), interval, own)  # noqa: PLR0124 - NaN is not itself
        for name, value, interval, own, some in zip(names, values, found, noise, filled, strict=True)
        if some
    }


def _median_and_95th(latencies: Sequence[float]) -> tuple[float, float] | None:
    if not latencies:
        return None
    if len(latencies) == 1:
        return latencies[0], latencies[0]
    return (
        statistics.median(latencies),
        statistics.quantiles(latencies, n=_TWENTIETHS, method="inclusive")[_NINETEENTH],
    )


def as_json(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """The combinations as JSON values (see `docs/formats.md`); null where a figure does not exist."""
    return [
        {
            "backend": one.combination.backend,
            "prompt": one.combination.ref,
            "runs": [str(run.folder) for run in one.runs],
            "articles": {"gold": len(one.runs[0].gold), "failed": one.failed, "absent": one.absent},
            "rows": {
                name: {
                    "f1": row.f1,
                    "interval": list(row.interval) if row.interval else None,
                    "flip_rate": row.noise.flip_rate if row.noise else None,
                    "noise_floor": row.noise.noise_floor if row.noise else None,
                }
                for name, row in one.rows.items()
            },
            "cost_usd": one.cost_usd,
            "paid_usd": None if one.paid.unpriced else one.paid.cost_usd,
            "tokens": {"input": one.answers.input_tokens, "output": one.answers.output_tokens},
            "latency_s": {"median": one.latency_s[0], "p95": one.latency_s[1]} if one.latency_s else None,
        }
        for one in summaries
    ]
