"""`make demo`: the whole way from article to scores on what ships with the product, without network or key."""

from __future__ import annotations

from pathlib import Path

from evals.cli.comparing import Comparing, compare_folders
from evals.cli.scoring import Report, report
from evals.gold import read_gold
from evals.running import Job, run_gold
from extractor.cli.view import extraction_view, show_on_terminal
from extractor.errors import UsageError
from extractor.runs import read_extractions
from extractor.schemas import load_schema

FOLDER = Path("runs/demo")
GOLD = Path("gold", "conflict", "dev")
RECORDED = Path("gold", "recorded", "conflict-2", "dev")
"""A run of a real language model over the same articles, its answers read from a batch file and kept."""

_SIDE_BY_SIDE = ("event_type", "date.value", "locations.target.*", "perpetrators.*", "casualties.killed.total")


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
    """Extract, show the shortest article with several events, score, and set a real model's recorded run beside."""
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
        show_on_terminal(extraction_view(shown, schema))
    report(Report(FOLDER, gold, None, None, 2000, everything=False))
    compare_folders(Comparing(FOLDER, bundled(RECORDED), gold, None, _SIDE_BY_SIDE, None, 0, None))
