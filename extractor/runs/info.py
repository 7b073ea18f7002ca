"""`run.json`: what a run was made with and what it came to. Its keys are a file contract (`docs/formats.md`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from extractor.errors import RunError
from extractor.records import FORMAT
from extractor.runs.lines import read_error, write_error
from extractor.runs.spending import Spent

RUN_FILE = "run.json"
RUNS = Path("runs")
"""Where runs stand that are given by name."""


def run_folder(run: Path) -> Path:
    """A run by name or path: `first` is `runs/first`, unless such a folder stands here."""
    if len(run.parts) == 1 and not run.is_dir():
        return RUNS / run
    return run


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be the same for a run to be resumed.

    Attributes:
        prompt, prompt_digest: the prompt's reference (`conflict/1`) and digest.
        schema, schema_digest: the schema's name and digest.
        backend, endpoint: `provider/model` and where requests go, without secrets.
        parameters: all else that shapes answers: temperature, max_tokens, seed, repeat, reasks.
    """

    prompt: str
    prompt_digest: str
    schema: str
    schema_digest: str
    backend: str
    endpoint: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of what made the run. `earlier_code` lists the code of earlier sessions where it was another."""

    prompt: str
    schema: str
    code: str
    gold: str | None = None
    earlier_code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """Articles by how they ended. `total` counts all that were met; while a run is unfinished it grows."""

    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The content of `run.json`.

    Attributes:
        model: the model that answered, as the endpoint named it; None when none or several did.
        models: all that answered.
        usage: tokens, requests and cost by cause; `cost_usd` beside is the sum paid, None when the
            price of an answer is not known.
        dropped_usd: what was paid, or may have been, for articles that were under way when a session was interrupted
            and left no line. A killed process cannot enter it.
        started: of the first session. finished: of the last, None while unfinished or when it was killed; totals may
            then lag behind the lines by some seconds.
        options: how it was run, for the record; not compared on resuming.
    """

    name: str
    prompt: str
    schema: str
    backend: str
    endpoint: str
    parameters: dict[str, Any]
    digests: Digests
    started: datetime
    finished: datetime | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    articles: ArticleCounts = field(default_factory=ArticleCounts)
    usage: Spent = field(default_factory=Spent)
    cost_usd: float | None = 0.0
    dropped_usd: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def charged_usd(self) -> float:
        """USD that all sessions paid, or perhaps paid; answers whose price is not known count nothing."""
        paid = self.usage.paid
        return paid.cost_usd + paid.unsure_usd + self.dropped_usd

    @property
    def identity(self) -> Identity:
        """What must be the same to resume it."""
        return Identity(
            self.prompt,
            self.digests.prompt,
            self.schema,
            self.digests.schema,
            self.backend,
            self.endpoint,
            self.parameters,
        )


def read_run(folder: Path | str) -> RunInfo:
    """What `run.json` of a run folder says.

    Raises:
        RunError: no such folder or file, or a broken one.
    """
    path = Path(folder) / RUN_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} is no run: it has no {RUN_FILE}; give a folder that the command `extractor` made"
        ) from error
    except OSError as error:
        raise read_error(path, error) from error
    try:
        info = _adapter().validate_json(content)
    except ValidationError as error:
        raise RunError(f"{path}: broken: {one_line(error)}") from error
    check_format(info.format, str(path))
    return info


def write_run(folder: Path, info: RunInfo) -> None:
    """Replace `run.json` in one step, so that a reader or a crash sees the old one or the new one.

    Raises:
        RunError: it cannot be written.
    """
    path = folder / RUN_FILE
    draft = folder / f".{RUN_FILE}.new"
    content = to_json({"format": info.format, **to_plain(info)}, indent=2, inf_nan_mode="null")
    try:
        with draft.open("wb") as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise write_error(path, error) from error


def to_plain(info: RunInfo) -> dict[str, Any]:
    """The fields by name; nested values are serialised later."""
    return {name: getattr(info, name) for name in RunInfo.__dataclass_fields__}


def differences(there: Identity, here: Identity) -> Iterator[str]:
    """In words, what a run was made with and what is asked for now, where the two differ."""
    for name in ("prompt", "schema", "backend", "endpoint"):
        was, now = getattr(there, name), getattr(here, name)
        if was != now:
            yield f"{name} {was or 'none'} (now {now or 'none'})"
    for name in ("prompt", "schema"):
        if getattr(there, name) == getattr(here, name) and getattr(there, f"{name}_digest") != getattr(
            here, f"{name}_digest"
        ):
            yield f"another content of {name} {getattr(there, name)}"
    for name in sorted(there.parameters.keys() | here.parameters.keys()):
        was, now = there.parameters.get(name), here.parameters.get(name)
        if was != now:
            yield f"{name} {was} (now {now})"


def check_format(found: int, where: str) -> None:
    """Refuse what a newer version wrote.

    Raises:
        RunError: with `where` in front.
    """
    if found > FORMAT:
        raise RunError(f"{where}: format {found}, this version reads up to {FORMAT}: update this package")


def one_line(error: ValidationError) -> str:
    """The first problem of a validation error: `articles.done: Field required`."""
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[RunInfo]:
    return TypeAdapter(RunInfo)
