"""The commands and their options. What they do is in the modules beside this one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.batch import batch_app
from extractor.cli.cache import cache_app
from extractor.cli.options import (
    BackendOption,
    BaseUrlOption,
    BudgetOption,
    CacheOption,
    ConcurrencyOption,
    FreshOption,
    KeyEnvOption,
    KeyFileOption,
    LimitOption,
    MaxCharsOption,
    MaxTokensOption,
    OfflineOption,
    PromptOption,
    ReasksOption,
    RepeatsOption,
    SchemaOption,
    SeedOption,
    TemperatureOption,
    TextFieldOption,
    TimeoutOption,
)
from extractor.cli.running import run_app

app = typer.Typer(
    name="extractor",
    help="Extract typed, grounded event records from news articles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Any command takes --debug, which shows the traceback of an error.",
)
prompts_app = typer.Typer(help="List, show, compare and release prompts.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(prompts_app, name="prompts")
app.add_typer(cache_app, name="cache")
app.add_typer(batch_app, name="batch")


class Output(StrEnum):
    """How extractions are printed."""

    auto = "auto"
    text = "text"
    json = "json"
    jsonl = "jsonl"


@app.command()
def extract(
    articles: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files (.txt .md .html .jsonl .csv .parquet), folders, globs, hf:NAME[:SPLIT], or - for stdin.",
            show_default=False,
        ),
    ] = None,
    backend: BackendOption = "rules/baseline",
    prompt: PromptOption = None,
    schema: SchemaOption = "conflict",
    run: Annotated[
        Path | None,
        typer.Option("--run", help="Write a run: a name under runs/, or a path. The same command resumes it."),
    ] = None,
    repeats: RepeatsOption = 1,
    fresh: FreshOption = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="On resuming, try failed articles again.")
    ] = False,
    output: Annotated[
        Output, typer.Option("--format", "-f", help="auto: text in a terminal, jsonl in a pipe.")
    ] = Output.auto,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    offline: OfflineOption = False,
    budget: BudgetOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only estimate requests, tokens, money and time; ask for no answer.")
    ] = False,
    concurrency: ConcurrencyOption = None,
    requests_per_minute: Annotated[
        float | None, typer.Option("--requests-per-minute", "--rpm", help="Not to be passed; else the profile's.")
    ] = None,
    tokens_per_minute: Annotated[
        float | None, typer.Option("--tokens-per-minute", "--tpm", help="Not to be passed; else the profile's.")
    ] = None,
    timeout: TimeoutOption = None,
    reasks: ReasksOption = 2,
    attempts: Annotated[int, typer.Option(help="How often a request is sent at most when transport fails.")] = 6,
    max_tokens: MaxTokensOption = None,
    temperature: TemperatureOption = None,
    seed: SeedOption = None,
    limit: LimitOption = None,
    text_field: TextFieldOption = None,
    max_chars: MaxCharsOption = None,
    cache: CacheOption = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no closing line.")] = False,
) -> None:
    """Extract events from articles.

    Exit code 0: all articles done; 1: some failed (each is named); 2: wrong usage or input.
    """
    from extractor.cli.extracting import Job, run_job

    job = Job(
        articles=tuple(articles or ()),
        backend=backend,
        prompt=prompt,
        schema=schema,
        run=run,
        fresh=fresh,
        output=output.value,
        base_url=base_url,
        api_key_env=api_key_env,
        api_key_file=api_key_file,
        offline=offline,
        dry_run=dry_run,
        timeout_s=timeout,
        limit=limit,
        repeats=repeats,
        text_field=text_field,
        max_chars=max_chars,
        cache=cache,
        quiet=quiet,
        options={
            "concurrency": concurrency,
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "budget_usd": budget,
            "reasks": reasks,
            "attempts": attempts,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "retry_failed": retry_failed,
        },
    )
    raise typer.Exit(run_job(job))


@app.command()
def show(
    run: Annotated[Path, typer.Argument(help="A run: a name under runs/, or a path.")],
    article: Annotated[str | None, typer.Argument(help="Only this article.")] = None,
) -> None:
    """Print the events and failures of a run, or of its repeats, readable."""
    from extractor.cli.printing import show_run

    show_run(run, article)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="[SCHEMA]", help="conflict, or module:Model.")] = "conflict",
) -> None:
    """Print the JSON schema of a whole answer."""
    import json

    from extractor.schemas import load_schema

    typer.echo(json.dumps(load_schema(name).json_schema(), indent=2, ensure_ascii=False))


@app.command()
def backends() -> None:
    """List the backends: what each needs, and whether it can be used now."""
    from extractor.backends import list_backends
    from extractor.cli.view import backends_table, show_on_terminal

    show_on_terminal(backends_table(list_backends()))


@app.command()
def doctor(
    backend: BackendOption,
    base_url: BaseUrlOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_file: KeyFileOption = None,
    timeout: TimeoutOption = None,
    offline: OfflineOption = False,
) -> None:
    """Send one tiny request to a backend and say what works: key, schema, usage, speed, context window, price.

    Exit code 0: it can be used; 1: it cannot; 2: wrong usage.
    """
    from extractor.cli.examining import examine_backend

    code = examine_backend(
        backend,
        base_url=base_url,
        api_key_env=api_key_env,
        api_key_file=api_key_file,
        timeout_s=timeout,
        offline=offline,
    )
    raise typer.Exit(code)


@prompts_app.command("list")
def prompts_list() -> None:
    """List all prompts with their versions."""
    from extractor.cli.view import prompts_table, show_on_terminal
    from extractor.prompts import list_prompts

    show_on_terminal(prompts_table(list_prompts()))


@prompts_app.command("show")
def prompts_show(
    prompt: Annotated[str, typer.Argument(help="name/version, name, or a folder.")],
    article: Annotated[str | None, typer.Argument(help="An article to render it for; else a placeholder.")] = None,
    schema: SchemaOption = "conflict",
) -> None:
    """Print the messages of a prompt, as a model gets them."""
    from extractor.cli.prompting import rendered

    typer.echo(rendered(prompt, article, schema))


@prompts_app.command("diff")
def prompts_diff(
    old: Annotated[str, typer.Argument(help="name/version or a folder.")],
    new: Annotated[str, typer.Argument(help="name/version or a folder.")],
) -> None:
    """Print what changed from one version to another."""
    from extractor.prompts import diff_prompts, load_prompt

    typer.echo(diff_prompts(load_prompt(old), load_prompt(new)), nl=False)


@prompts_app.command("release")
def prompts_release(folder: Annotated[Path, typer.Argument(help="The folder of a version, prompts/NAME/N.")]) -> None:
    """Stamp a version as released: from then on an edit of it is an error."""
    from extractor.prompts import release

    prompt = release(folder)
    typer.echo(f"released {prompt.ref}, digest {prompt.digest[:12]}")


def main() -> None:
    """Entry point of the command `extractor`."""
    run_app(app)
