"""What `evals agree` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evals.agreement import Agreement, agreement
from evals.cli.writing import STDOUT, write_json
from evals.comparing import counts_of, incident_clusters, row_names
from evals.counts import Counts, Scorer
from evals.gold import read_gold
from evals.report.agreement_tables import agreement_report
from evals.report.tables import show
from evals.stats import intervals
from extractor.cli.running import OK
from extractor.schemas import load_schema

FORMAT = 1


def agree_folders(
    first: Path, second: Path, schema_name: str, texts: Path | None, resamples: int, json_file: Path | None
) -> int:
    """Read both labellers' files, compare, print, write, and return the exit code."""
    schema = load_schema(schema_name)
    labels = [read_gold(folder, schema, texts=texts) for folder in (first, second)]
    result = agreement_json(agreement(labels[0], labels[1], Scorer(schema)), resamples=resamples)
    if json_file is not None:
        write_json(json_file, result)
    if json_file != STDOUT:
        show(agreement_report(result, first, second))
    return OK


def agreement_json(found: Agreement, *, resamples: int) -> dict[str, Any]:
    """The contract of `evals agree --json` (see `docs/formats.md`); null where a figure does not exist."""
    counts = counts_of([found.scores])
    names = row_names(found.scores.scorer.columns)
    alphas = found.alphas()
    ranges = (
        intervals(counts, figures=("f1",), resamples=resamples, clusters=incident_clusters(found.articles))["f1"]
        if resamples
        else [None] * len(names)
    )
    rows = {}
    for name, cells, interval in zip(names, counts.sum(axis=0).tolist(), ranges, strict=True):
        own = Counts(*cells)
        value, units = alphas.get(name, (None, 0))
        if any(own):
            rows[name] = {
                **own._asdict(),
                "f1": own.figures().f1,
                "strict_f1": own.figures(strict=True).f1,
                "interval": list(interval) if interval else None,
                "alpha": value,
                "units": units,
            }
    return {
        "format": FORMAT,
        "articles": {
            "both": len(found.articles),
            "only_first": sorted(found.only_first),
            "only_second": sorted(found.only_second),
        },
        "rows": rows,
    }
