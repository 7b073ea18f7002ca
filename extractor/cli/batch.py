"""The commands `extractor batch …` and their options. What they do is in `extractor.cli.batching`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.options import (
    AnswersArgument,
    BaseUrlOption,
    BatchRunOption,
    FreshOption,
    GiveUpOption,
    KeyEnvOption,
    KeyFileOption,
    LimitOption,
    MaxCharsOption,
    MaxMegabytesOption,
    MaxRequestsOption,
    MaxTokensOption,
    ModelOption,
    OfflineOption,
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
    TextFieldOption,
    WhoOption,
)

batch_app = typer.Typer(
    help="Requests in files, in OpenAI's batch format; answers back from whoever answered them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RequestsArgument = Annotated[Path, typer.Argument(help="A file of requests; further parts of its round come along.")]


@batch_app.command("write")
def write(
    articles: Annotated[
        list[str],
        typer.Argument(help="Files (.txt .md .html .jsonl .csv .parquet), folders, globs, hf:NAME[:SPLIT], or -."),
    ],
    model: ModelOption,
    output: RequestsFileOption = Path("requests.jsonl"),
    prompt: PromptOption = None,
    schema: SchemaOption = "conflict",
    reasks: ReasksOption = 2,
    repeats: RepeatsOption = 1,
    max_tokens: MaxTokensOption = None,
    temperature: TemperatureOption = None,
    send_temperature: SendTemperatureOption = None,
    seed: SeedOption = None,
    limit: LimitOption = None,
    text_field: TextFieldOption = None,
    max_chars: MaxCharsOption = None,
    max_requests: MaxRequestsOption = 50_000,
    max_mb: MaxMegabytesOption = 200,
) -> None:
    """Write the requests for articles, and the manifest that reads their answers back."""
    from extractor.batch import WriteJob, write_batch
    from extractor.cli.batching import tell_written
    from extractor.cli.sources import ArticleSources

    job = WriteJob(
        articles=ArticleSources(articles, text_field=text_field, max_chars=max_chars, limit=limit).read(),
        output=output,
        model=model,
        prompt=prompt,
        schema=schema,
        options={"reasks": reasks, "max_tokens": max_tokens, "temperature": temperature, "seed": seed},
        repeats=repeats,
        max_requests=max_requests,
        max_bytes=max_mb * 1_000_000,
        sends_temperature=send_temperature,
    )
    raise typer.Exit(tell_written(write_batch(job)))


@batch_app.command("submit")
def submit(
    requests: RequestsArgument,
    again: Annotated[bool, typer.Option("--again", help="Make a new batch although there is one.")] = False,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    offline: OfflineOption = False,
) -> None:
    """Upload requests to the provider's batch endpoint. A file that was submitted before is not submitted again."""
    from extractor.batch import BatchClient
    from extractor.cli.batching import submit_round

    with BatchClient(
        requests, base_url=base_url, api_key_env=api_key_env, api_key_file=api_key_file, offline=offline
    ) as client:
        raise typer.Exit(submit_round(client, requests, again=again))


@batch_app.command("status")
def status(
    requests: RequestsArgument,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    offline: OfflineOption = False,
) -> None:
    """Say how submitted requests are doing. Exit code 0: all have ended; 1: some are under way."""
    from extractor.batch import BatchClient
    from extractor.cli.batching import show_status

    with BatchClient(
        requests, base_url=base_url, api_key_env=api_key_env, api_key_file=api_key_file, offline=offline
    ) as client:
        raise typer.Exit(show_status(client, requests))


@batch_app.command("fetch")
def fetch(
    requests: RequestsArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Else answers.jsonl beside the requests.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Look every minute until all have ended.")] = False,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    offline: OfflineOption = False,
) -> None:
    """Download the answers to submitted requests. Exit code 1: some are still under way."""
    from extractor.batch import BatchClient
    from extractor.cli.batching import fetch_round

    with BatchClient(
        requests, base_url=base_url, api_key_env=api_key_env, api_key_file=api_key_file, offline=offline
    ) as client:
        raise typer.Exit(fetch_round(client, requests, output, wait=wait))


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
    """Read answers into a run, and write the next file of requests for what they do not settle.

    Exit code 0: all articles done; 1: some failed, or wait for the next round's answers; 2: wrong usage or input.
    """
    from extractor.batch import ReadJob, read_batch
    from extractor.cli.batching import tell_read
    from extractor.runs import run_folder

    job = ReadJob(tuple(answers), requests, run_folder(run), backend, give_up, retry_failed, fresh)
    raise typer.Exit(tell_read(job, read_batch(job), "extractor"))
