"""What `evals errors` does, and the HTML report of `evals score` and `evals errors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from evals.cli.scoring import tell_problems
from evals.cli.writing import STDOUT, write_json, write_text
from evals.errors import FieldError
from evals.report.article_views import article_view
from evals.report.error_list import error_list
from evals.report.error_views import ErrorView, as_json, chosen_errors, error_views
from evals.report.html import Page, html_page
from evals.report.tables import gold_articles, show
from evals.running import PUBLISHED, ScoredRun, score_folder
from evals.scores import as_json as scores_json
from extractor.cli.running import OK
from extractor.errors import UsageError
from extractor.records import Extraction
from extractor.runs import read_extractions

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Looking:
    """One call of `evals errors`, as given."""

    folder: Path
    gold: Path
    texts: Path | None
    kinds: Sequence[str]
    fields: Sequence[str]
    articles: Sequence[str]
    json_file: Path | None
    html_file: Path | None


def list_errors(wanted: Looking) -> int:
    """Print the errors one by one, write, and return the exit code."""
    run = score_folder(wanted.folder, wanted.gold, texts=wanted.texts)
    tell_problems(run, wanted.gold, wanted.texts)
    _check_articles(run, wanted.articles)
    errors = chosen_errors(
        run.scores.errors,
        run.scores.scorer.columns,
        kinds=wanted.kinds,
        fields=wanted.fields,
        articles=wanted.articles,
    )
    extractions = _extractions(run, {error.article_id for error in errors})
    views = _views(run, errors, extractions)
    if wanted.json_file is not None:
        write_json(wanted.json_file, {"format": FORMAT, "errors": [as_json(view) for view in views]})
    if wanted.html_file is not None:
        only = {error.article_id for error in errors}
        write_text(wanted.html_file, _page(run, scores_json(run.scores), views, extractions, only=only))
    if STDOUT not in (wanted.json_file, wanted.html_file):
        show(error_list(views, _notes(run)))
    return OK


def write_report(run: ScoredRun, scores: Mapping[str, Any], file: Path, breakdowns: Mapping[str, Any]) -> None:
    """The HTML report of a whole run."""
    extractions = _extractions(run, {article.id for article in run.gold})
    views = _views(run, run.scores.errors, extractions)
    write_text(file, _page(run, scores, views, extractions, breakdowns=breakdowns))


def _check_articles(run: ScoredRun, wanted: Sequence[str]) -> None:
    known = {article.id for article in run.gold}
    for article_id in wanted:
        if article_id not in known:
            raise UsageError(f"gold has no article {article_id!r}: name one of its ids")


def _extractions(run: ScoredRun, wanted: set[str]) -> dict[str, Extraction]:
    return {one.article_id: one for one in read_extractions(run.folder) if one.article_id in wanted}


def _views(run: ScoredRun, errors: Sequence[FieldError], extractions: Mapping[str, Extraction]) -> list[ErrorView]:
    articles = {article.id: article for article in run.gold}
    schema = run.scores.scorer.schema
    return [
        view
        for key, group in groupby(errors, key=lambda error: error.article_id)
        for view in error_views(list(group), articles[key], extractions.get(key), schema)
    ]


def _page(
    run: ScoredRun,
    scores: Mapping[str, Any],
    views: Sequence[ErrorView],
    extractions: Mapping[str, Extraction],
    *,
    only: set[str] | None = None,
    breakdowns: Mapping[str, Any] | None = None,
) -> str:
    """The page over all articles of gold, or those of `only`."""
    own = {key: list(group) for key, group in groupby(views, key=lambda view: view.error.article_id)}
    states = dict.fromkeys(run.scores.failed, "failed in the run") | dict.fromkeys(run.scores.absent, "not in the run")
    articles = [
        article_view(
            article,
            extractions.get(article.id),
            own.get(article.id, []),
            run.scores.scorer,
            published=bool(run.info.options.get(PUBLISHED, True)),
            state=states.get(article.id, ""),
        )
        for article in run.gold
        if only is None or article.id in only
    ]
    title = f"{run.folder.name}: {run.info.backend}, prompt {run.info.prompt}"
    return html_page(
        Page(
            title=title,
            subtitle=f"{gold_articles(len(run.gold))}, schema {run.info.schema}",
            scores=scores,
            articles=articles,
            notes=_notes(run),
            breakdowns=breakdowns or {},
        )
    )


def _notes(run: ScoredRun) -> list[str]:
    return [
        f"{len(ids)} {meaning}: {', '.join(sorted(ids))}"
        for ids, meaning in (
            (run.scores.failed, "failed in the run, counted as missed"),
            (run.scores.absent, "not in the run, counted as missed"),
            (run.scores.unknown, "of the run not in gold, left out"),
        )
        if ids
    ]
