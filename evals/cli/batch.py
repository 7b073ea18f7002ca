"""The commands `evals batch …`: gold articles through batch files, to be scored like any other run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.options import (
    AnswersArgument,
    BatchRunOption,
    FreshOption,
    GiveUpOption,
    MaxMegabytesOption,
    MaxRequestsOption,
    MaxTokensOption,
    ModelOption,
    PromptOption,
    ReasksOption,
    RepeatsOption,
    RequestsFileOption,
    RequestsOption,
    RetryRejectedOption,
    SchemaOption,
    SeedOption,
    SendTemperatureOption,
    TemperatureOption,
    WhoOption,
)

batch_app = typer.Typer(
    help="Gold articles through batch files; submit and fetch them with `extractor batch`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@batch_app.command("write")
def write(
    gold: Annotated[Path, typer.Option("--gold", "-g", help="Folder of gold files, or one file.")],
    model: ModelOption,
    output: RequestsFileOption = Path("requests.jsonl"),
    prompt: PromptOption = None,
    schema: SchemaOption = "conflict",
    published: Annotated[bool, typer.Option(help="Give the model the publication dates that gold has.")] = True,
    texts: Annotated[Path | None, typer.Option(help="Folder with the texts of stand-off gold files.")] = None,
    reasks: ReasksOption = 2,
    repeats: RepeatsOption = 1,
    max_tokens: MaxTokensOption = None,
    temperature: TemperatureOption = None,
    send_temperature: SendTemperatureOption = None,
    seed: SeedOption = None,
    max_requests: MaxRequestsOption = 50_000,
    max_mb: MaxMegabytesOption = 200,
) -> None:
    """Write the requests for gold articles, and the manifest that reads their answers back."""
    from evals.batches import GoldBatch, gold_job
    from extractor.batch import write_batch
    from extractor.cli.batching import tell_written

    writing = {
        "options": {"reasks": reasks, "max_tokens": max_tokens, "temperature": temperature, "seed": seed},
        "repeats": repeats,
        "max_requests": max_requests,
        "max_bytes": max_mb * 1_000_000,
        "sends_temperature": send_temperature,
    }
    job = gold_job(GoldBatch(gold, output, model, prompt, schema, published, texts, writing))
    raise typer.Exit(tell_written(write_batch(job)))


@batch_app.command("read")
def read(
    answers: AnswersArgument,
    requests: RequestsOption,
    run: BatchRunOption,
    backend: WhoOption = None,
    give_up: GiveUpOption = False,
    retry_failed: RetryRejectedOption = False,
    fresh: FreshOption = False,
) -> None:
    """Read answers into a run for `evals score`, and write the next file of requests for what they do not settle."""
    from extractor.batch import ReadJob, read_batch
    from extractor.cli.batching import tell_read
    from extractor.runs import run_folder

    job = ReadJob(tuple(answers), requests, run_folder(run), backend, give_up, retry_failed, fresh)
    raise typer.Exit(tell_read(job, read_batch(job), "evals"))
