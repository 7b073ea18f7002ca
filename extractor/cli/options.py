"""Options that several commands have, of `extractor` and of `evals`: one home, so that they mean and say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# What is asked, and how.
SchemaOption = Annotated[str, typer.Option("--schema", help="conflict, or your own as module:Model.")]
PromptOption = Annotated[
    str | None, typer.Option("--prompt", "-p", help="name/version, name (its highest version), or a folder.")
]
ReasksOption = Annotated[int, typer.Option(help="How often an invalid answer is asked for again.")]
MaxTokensOption = Annotated[int | None, typer.Option(help="Longest answer; else what the prompt says.")]
TemperatureOption = Annotated[float | None, typer.Option(help="Else what the prompt says.")]
SeedOption = Annotated[int | None, typer.Option(help="Passed to backends that take one.")]

# Who is asked, and where.
BackendOption = Annotated[
    str,
    typer.Option(
        "--backend", "-b", envvar="EXTRACTOR_BACKEND", help="provider/model or a profile; see `extractor backends`."
    ),
]
BaseUrlOption = Annotated[str | None, typer.Option(help="Any OpenAI-compatible endpoint, ending in /v1.")]
KeyEnvOption = Annotated[str | None, typer.Option(help="Environment variable that holds the key.")]
KeyFileOption = Annotated[Path | None, typer.Option(help="File that holds the key and nothing else.")]
OfflineOption = Annotated[
    bool,
    typer.Option("--offline", envvar="EXTRACTOR_OFFLINE", help="Refuse every endpoint that is not on this machine."),
]

# What it may take.
BudgetOption = Annotated[
    float | None,
    typer.Option("--budget", help="USD that all repeats may cost together; stops before a request that could pass it."),
]
ConcurrencyOption = Annotated[
    int | None,
    typer.Option("--concurrency", "-c", help="Requests in flight at most; else the profile's, else 8."),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(help="Seconds for one answer; else the profile's, else 120, or 600 for a model on this machine."),
]
CacheOption = Annotated[bool, typer.Option(help="Keep the answers of models and use them again.")]

# Which articles, and how often.
LimitOption = Annotated[int | None, typer.Option(help="Stop after so many articles.")]
TextFieldOption = Annotated[str | None, typer.Option(help="Column that holds the text, in tables.")]
MaxCharsOption = Annotated[int | None, typer.Option(help="Longest article that is read, in characters.")]
RepeatsOption = Annotated[
    int, typer.Option("--repeats", min=1, help="Samples of each article; each becomes a run of its own.")
]

# The run that it becomes.
FreshOption = Annotated[bool, typer.Option("--fresh", help="Set aside a run that is there and start anew.")]

# Batches: writing requests.
ModelOption = Annotated[
    str, typer.Option("--model", "-m", help="provider/model, such as openai/gpt-5-mini, vllm/NAME.")
]
RequestsFileOption = Annotated[
    Path, typer.Option("--output", "-o", help="The file of requests; its manifest goes beside it.")
]
SendTemperatureOption = Annotated[
    bool | None,
    typer.Option(
        "--send-temperature/--no-temperature",
        help="Whether requests carry one; else what is known of the model.",
        show_default=False,
    ),
]
MaxRequestsOption = Annotated[int, typer.Option(help="Requests in one file.")]
MaxMegabytesOption = Annotated[int, typer.Option("--max-mb", help="Megabytes in one file.")]

# Batches: reading answers.
AnswersArgument = Annotated[list[Path], typer.Argument(help="Files of answers, from the endpoint or by hand.")]
RequestsOption = Annotated[Path, typer.Option("--requests", "-r", help="The file of requests that they answer.")]
BatchRunOption = Annotated[Path, typer.Option("--run", help="The run to put them into: a name under runs/, or a path.")]
WhoOption = Annotated[
    str | None, typer.Option("--backend", "-b", help="Who answered, such as imported/assistant; else the model.")
]
GiveUpOption = Annotated[
    bool, typer.Option("--give-up", help="Ask no more: what waits ends with the valid events there are, or fails.")
]
RetryRejectedOption = Annotated[
    bool, typer.Option("--retry-failed", help="Ask again for articles that the endpoint rejected.")
]
