"""The commands and their options. What they do is in the modules beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evals.cli.batch import batch_app
from evals.cli.gold import gold_app
from evals.cli.muc4 import muc4_app
from extractor.cli.options import (
    BaseUrlOption,
    BudgetOption,
    CacheOption,
    ConcurrencyOption,
    FreshOption,
    KeyEnvOption,
    KeyFileOption,
    OfflineOption,
    ReasksOption,
    RepeatsOption,
    SchemaOption,
    TimeoutOption,
)
from extractor.cli.running import run_app

app = typer.Typer(
    name="evals",
    help="Measure extractions against hand-labelled articles, field by field.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Any command takes --debug, which shows the traceback of an error.",
)
app.add_typer(gold_app, name="gold")
app.add_typer(muc4_app, name="muc4")
app.add_typer(batch_app, name="batch")

GoldOption = Annotated[Path, typer.Option("--gold", "-g", help="Folder of gold files, or one file.")]
TextsOption = Annotated[Path | None, typer.Option("--texts", help="Folder with the texts of stand-off gold files.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write scores.json to this file; - for stdout.")]
ResamplesOption = Annotated[int, typer.Option(help="Bootstrap resamples for the intervals; 0 for none.")]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Also write a self-contained HTML report to this file; - for stdout.")
]
FieldsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field", help="Only this field, events, tier.1 or tier.2; a pattern such as 'casualties.*'; repeatable."
    ),
]
UsedRepeatsOption = Annotated[
    int | None, typer.Option("--repeats", help="Use so many repeats of each run; else all there are.")
]


@app.command()
def run(
    gold: GoldOption,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            "--backend",
            "-b",
            envvar="EXTRACTOR_BACKEND",
            help="provider/model; see `extractor backends`. Repeatable: all combinations with the prompts are run.",
            show_default="rules/baseline",
        ),
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option("--prompt", "-p", help="name/version, name, or a folder; repeatable.")
    ] = None,
    repeats: RepeatsOption = 1,
    schema: SchemaOption = "conflict",
    name: Annotated[
        Path | None, typer.Option("--run", help="Name under runs/, or a path; else named by what runs.")
    ] = None,
    fresh: FreshOption = False,
    published: Annotated[bool, typer.Option(help="Give the backend the publication dates that gold has.")] = True,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    offline: OfflineOption = False,
    budget: BudgetOption = None,
    concurrency: ConcurrencyOption = None,
    timeout: TimeoutOption = None,
    reasks: ReasksOption = 2,
    cache: CacheOption = True,
    texts: TextsOption = None,
    json: JsonOption = None,
    resamples: ResamplesOption = 2000,
    everything: Annotated[bool, typer.Option("--all", help="Also fields that nothing fills.")] = False,
) -> None:
    """Extract from gold articles, then score; several combinations side by side. The same command resumes."""
    from evals.cli.matrix import Matrix, run_matrix
    from evals.cli.scoring import Report, run_and_report, run_name
    from evals.running import Job
    from extractor.runs import run_folder

    backends, prompts = backend or ["rules/baseline"], prompt or []
    only = prompts[0] if prompts else None
    job = Job(
        gold=gold,
        folder=run_folder(name or Path(run_name(gold, backends[0], only, schema))),
        backend=backends[0],
        prompt=only,
        schema=schema,
        published=published,
        fresh=fresh,
        cache=cache,
        base_url=base_url,
        api_key_env=api_key_env,
        api_key_file=api_key_file,
        offline=offline,
        timeout_s=timeout,
        options={"concurrency": concurrency, "budget_usd": budget, "reasks": reasks},
        texts=texts,
    )
    if repeats > 1 or len(backends) > 1 or len(prompts) > 1:
        raise typer.Exit(run_matrix(Matrix(job, name, backends, prompts, repeats, resamples, json)))
    raise typer.Exit(run_and_report(job, Report(job.folder, gold, texts, json, resamples, everything)))


@app.command()
def score(
    run: Annotated[Path, typer.Argument(help="A run: a name under runs/, or a path.")],
    gold: GoldOption,
    texts: TextsOption = None,
    json: JsonOption = None,
    resamples: ResamplesOption = 2000,
    everything: Annotated[bool, typer.Option("--all", help="Also fields that nothing fills.")] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", help="Figures also by tag, source, language, length, year, fictional or folder; repeatable."
        ),
    ] = None,
    html: HtmlOption = None,
) -> None:
    """Score a run against gold. Offline; no model is asked."""
    from evals.cli.scoring import Report, report
    from extractor.runs import run_folder

    raise typer.Exit(report(Report(run_folder(run), gold, texts, json, resamples, everything, by or (), html)))


@app.command()
def errors(
    run: Annotated[Path, typer.Argument(help="A run: a name under runs/, or a path.")],
    gold: GoldOption,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only errors of this kind, such as missed; repeatable.")
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", help="Only this field, or event; a pattern such as 'casualties.*'; repeatable."),
    ] = None,
    article: Annotated[list[str] | None, typer.Option("--article", help="Only this article; repeatable.")] = None,
    texts: TextsOption = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write them as JSON; - for stdout.")] = None,
    html: HtmlOption = None,
) -> None:
    """List every error with its article, event, the two values and the place in the text."""
    from evals.cli.looking import Looking, list_errors
    from extractor.runs import run_folder

    wanted = Looking(run_folder(run), gold, texts, kind or (), field or (), article or (), json, html)
    raise typer.Exit(list_errors(wanted))


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(help="The run to compare with: a name under runs/, or a path.")],
    run_b: Annotated[Path, typer.Argument(help="The run that is judged: better, worse, or cannot tell.")],
    gold: GoldOption,
    field: FieldsOption = None,
    repeats: UsedRepeatsOption = None,
    texts: TextsOption = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write it as JSON; - for stdout.")] = None,
    seed: Annotated[int, typer.Option(help="Of resampling and permutation.")] = 0,
) -> None:
    """Compare two runs on the same gold: is the second better, is it worse, or can this gold not tell?"""
    from evals.cli.comparing import Comparing, compare_folders
    from extractor.runs import run_folder

    wanted = Comparing(run_folder(run_a), run_folder(run_b), gold, texts, field or (), repeats, seed, json)
    raise typer.Exit(compare_folders(wanted))


@app.command()
def gate(
    run: Annotated[Path, typer.Argument(help="The run that is judged: a name under runs/, or a path.")],
    against: Annotated[Path, typer.Option("--against", help="The baseline: a run, recorded on the same gold.")],
    gold: GoldOption,
    field: FieldsOption = None,
    least: Annotated[
        list[str] | None, typer.Option("--min", help="FIELD=NUMBER: least F1 of a field, as a fraction; repeatable.")
    ] = None,
    max_drop: Annotated[
        list[str] | None,
        typer.Option("--max-drop", help="FIELD=NUMBER: how far a field's F1 may fall, in place of the test."),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Also write a Markdown summary to this file; - for stdout.")
    ] = None,
    repeats: UsedRepeatsOption = None,
    texts: TextsOption = None,
) -> None:
    """Judge a run against a baseline, for CI. Exit code 1: worse for sure, or out of bounds; 2: a run is stale."""
    from evals.cli.gating import bounds_of, gate_run
    from evals.gate import Bounds
    from evals.gates import Gate
    from extractor.runs import run_folder

    asked = Gate(
        name=f"{run} against {against}",
        run=run_folder(run),
        against=run_folder(against),
        gold=gold,
        texts=texts,
        fields=tuple(field or ()),
        bounds=Bounds(bounds_of("--min", least or ()), bounds_of("--max-drop", max_drop or ())),
        repeats=repeats,
    )
    raise typer.Exit(gate_run(asked, summary))


@app.command()
def agree(
    first: Annotated[Path, typer.Argument(help="Gold files of one labeller.")],
    second: Annotated[Path, typer.Argument(help="Gold files of another labeller of the same articles.")],
    schema: SchemaOption = "conflict",
    texts: TextsOption = None,
    resamples: ResamplesOption = 2000,
    json: Annotated[Path | None, typer.Option("--json", help="Also write it as JSON; - for stdout.")] = None,
) -> None:
    """Measure how far two labellers agree: F1 by field, and beyond chance (Krippendorff's alpha) for enumerations."""
    from evals.cli.agreeing import agree_folders

    raise typer.Exit(agree_folders(first, second, schema, texts, resamples, json))


@app.command()
def demo() -> None:
    """Extract from the bundled articles with rules/baseline, score, and set a model's recorded run beside. Offline."""
    from evals.cli.demo import run_demo

    run_demo()


def main() -> None:
    """Entry point of the command `evals`."""
    run_app(app)
