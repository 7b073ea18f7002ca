"""`make demo`: the whole way from article to scores on what ships with the product, without network or key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Group

from evals.comparing import EVENTS, TIER_1, compare_runs, incident_clusters
from evals.gold import read_gold
from evals.report.compare_tables import compare_report
from evals.report.tables import fields_table, rates_table, show
from evals.running import Job, ScoredRun, run_gold, score_folders
from evals.scores import as_json
from extractor.cli.view import extraction_view, show_on_terminal
from extractor.errors import UsageError
from extractor.runs import read_extractions
from extractor.schemas import load_schema

FOLDER = Path("runs/demo")
GOLD = Path("gold", "conflict", "dev")
RECORDED = Path("gold", "recorded", "conflict-2", "dev")
"""A run of a real language model over the same articles, its answers read from a batch file and kept."""

RESAMPLES = 2000
_FIELDS = ("event_type", "date.value", "locations.target.*", "perpetrators.*", "casualties.killed.total")


def bundled(path: Path) -> Path:
    """A folder that ships with the product: inside an installed wheel, or beside the packages in a checkout.

    Raises:
        UsageError: neither is there.
    """
    import extractor

    package = Path(extractor.__file__).resolve().parent
    for folder in (package / "_bundled" / path, package.parent / path):
        if folder.is_dir():
            return folder
    raise UsageError(f"the bundled {path} is not there: install the package anew, or run from a checkout")


def run_demo() -> None:
    """Extract, show the shortest article with several events, score; a real model's recorded run beside both times."""
    gold, schema = bundled(GOLD), load_schema()
    job = Job(
        gold=gold,
        folder=FOLDER,
        backend="rules/baseline",
        prompt=None,
        schema=schema.name,
        published=True,
        fresh=False,
        cache=False,
        options={},
    )
    run_gold(job)
    lengths = {article.id: len(article.article.text) for article in read_gold(gold, schema)}
    several = [extraction for extraction in read_extractions(FOLDER) if len(extraction.events) > 1]
    if shown := min(several, key=lambda one: lengths[one.article_id], default=None):
        for run in (FOLDER, bundled(RECORDED)):
            of_run = (one for one in read_extractions(run) if one.article_id == shown.article_id)
            show_on_terminal(extraction_view(next(of_run), schema))
    baseline, recorded = score_folders([FOLDER, bundled(RECORDED)], gold)
    _show_scores(baseline)
    _show_beside(baseline, replace(recorded, folder=RECORDED))


def _show_scores(scored: ScoredRun) -> None:
    """Events, tier 1 and the failure rates: the part of the report that a first look needs."""
    scores = as_json(scored.scores, resamples=RESAMPLES, clusters=incident_clusters(scored.gold))
    scores["fields"] = {name: row for name, row in scores["fields"].items() if row["tier"] == 1}
    title = f"{FOLDER.name}: rules/baseline, a floor that every model must beat"
    show(Group(fields_table(scores, title=title), rates_table(scores)))


def _show_beside(baseline: ScoredRun, recorded: ScoredRun) -> None:
    clusters = incident_clusters(baseline.gold)
    rows = compare_runs([baseline.scores], [recorded.scores], clusters=clusters, wanted=(EVENTS, TIER_1, *_FIELDS))
    show(compare_report([baseline], [recorded], rows, clusters=len(set(clusters))))
