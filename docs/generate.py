"""Keep the generated parts of the Markdown files current: help texts, tables, real output of commands.

    python docs/generate.py --check     exit code 1 and the names of stale parts
    python docs/generate.py --write     renew them

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of `PARTS` below. What a
part says of the machine that it was made on (`VOLATILE`) does not make it stale.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import typer
from pydantic import BaseModel

from evals.cli.app import app as evals_app
from extractor.backends.providers import Provider, providers
from extractor.cli.app import app as extractor_app
from extractor.schemas import FieldSpec, load_schema

ROOT = Path(__file__).resolve().parent.parent
PART = re.compile(r"(<!-- generated: (?P<name>[\w -]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)


def commands_table() -> str:
    """All commands of both programs, with the first line of their help."""
    rows = ["| command | what it does |", "|---|---|"]
    for program, app in (("extractor", extractor_app), ("evals", evals_app)):
        rows += _commands(typer.main.get_command(app), program)
    return "\n".join(rows)


def _commands(command: object, name: str) -> list[str]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        summary = (getattr(command, "help", "") or "").strip().splitlines()[0]
        return [f"| `{name}` | {summary} |"]
    return [row for key, sub in subcommands.items() for row in _commands(sub, f"{name} {key}")]


def output_of(*commands: str, needs: str | None = None) -> Callable[[], str | None]:
    """What commands print, run one after the other in an empty folder; None where a package that they need is missing.

    `python` is this interpreter, which finds the tests; other programs are ours.
    """

    def run() -> str | None:
        if needs is not None and find_spec(needs) is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            said = [line for command in commands for line in (f"$ {command}", *_printed(command, folder))]
        return "\n".join(["```console", *said, "```"])

    return run


def _printed(command: str, folder: str) -> list[str]:
    program, *arguments = command.split()
    path = sys.executable if program == "python" else str(Path(sys.executable).parent / program)
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([path, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return [line.rstrip() for line in done.stdout.rstrip().splitlines()]


def demo() -> str:
    """What `make demo` prints."""
    return (output_of("evals demo")() or "").replace("$ evals demo", "$ make demo")


def schema_fields() -> str:
    """The fields of the default schema with their meaning and tier."""
    schema = load_schema()
    return "\n".join(["| field | tier | meaning |", "|---|---|---|", *_rows(schema.event, schema.fields, "")])


def _rows(model: type[BaseModel], fields: Sequence[FieldSpec], prefix: str, *, by: str | None = None) -> list[str]:
    rows = []
    for spec in fields:
        name = f"{prefix}{spec.name}" + ("[]" if spec.kind.startswith("list") else "")
        values = f" Values: {', '.join(f'`{value}`' for value in spec.values)}." if spec.values else ""
        meaning = (model.model_fields[spec.name].description or "") + values
        rows.append(f"| `{name}` | {'–' if spec.name == by else _tier(spec)} | {meaning} |")
        if spec.children:
            group = spec.grouped.by if spec.grouped else None
            rows += _rows(_model_of(model, spec.name), spec.children, f"{name}.", by=group)
    return rows


def _tier(spec: FieldSpec) -> str:
    """A field's tier; a list of objects has none of its own but where the schema groups it."""
    marks = [mark for mark in (spec.grouped, spec.totalled) if mark and mark.tiers]
    if marks:
        kind = "total of " if marks[-1] is spec.totalled else ""
        return "; ".join(
            [f"{kind}{value} {tier}" for value, tier in marks[-1].tiers.items()] + [f"else {marks[-1].otherwise}"]
        )
    return "–" if spec.children or spec.evidence else str(spec.scored.tier)


def _model_of(model: type[BaseModel], name: str) -> type[BaseModel]:
    """The model of a nested field or of the items of a list."""
    annotation = model.model_fields[name].annotation
    found = [annotation, *get_args(annotation)]
    return next(item for item in found if isinstance(item, type) and issubclass(item, BaseModel))


def backends_table() -> str:
    """The backends, what each needs, and a line to copy."""
    rows = ["| backend | what it is | needs | held to the schema by | one line |", "|---|---|---|---|---|"]
    rows += [_backend_row(*row) for row in _IN_THIS_PROCESS]
    for provider in providers().values():
        needs = [f"`pip install {install}`" for install in dict.fromkeys(provider.packages.values())]
        if provider.local:
            needs.append(f"a server at `{provider.base_url}`")
        else:
            needs += [f"`{name}`" for name in (*provider.key_env[:1], *_address_of(provider))]
        strict = "strict `json_schema`" if provider.strict else "`json_schema`"
        how = {"TOOLS": "a tool call", "JSON": "a response schema"}.get(provider.mode, strict)
        line = f"{_EXTRACT}{provider.name}/{provider.example}"
        rows.append(_backend_row(f"{provider.name}/…", provider.what, ", ".join(needs) or "–", how, line))
    rows += [_backend_row(*row) for row in _OTHER_WAYS]
    return "\n".join(rows)


_EXTRACT = "extractor extract news/ --backend "
_IN_THIS_PROCESS = (
    (
        "rules/baseline",
        "rules, offline and without a model: a floor to beat",
        "–",
        "built in",
        f"{_EXTRACT}rules/baseline",
    ),
    (
        "local/…",
        "a GGUF file, answered by llama.cpp in this process; `local/hf:OWNER/REPO/FILE.gguf` is downloaded once",
        "`pip install 'conflict-event-extractor[local]'`",
        "`json_schema`",
        f"{_EXTRACT}local/models/my-model.gguf",
    ),
)
_OTHER_WAYS = (
    (
        "openai/…",
        "any other OpenAI-compatible server",
        "a server, and `--api-key-env` or `--api-key-file` if it wants a key",
        "`json_schema`",
        f"{_EXTRACT}openai/MODEL --base-url http://127.0.0.1:8000/v1",
    ),
    (
        "replay/…",
        "the answers that a run recorded, given again: offline and free",
        "a run",
        "as recorded",
        f"{_EXTRACT}replay/night",
    ),
    (
        "batch files",
        "requests and answers in files, at half the price",
        "the provider's key, to submit them",
        "as online",
        "extractor batch write news/ --model openai/gpt-5-mini -o requests.jsonl",
    ),
)


def _backend_row(name: str, what: str, needs: str, schema: str, line: str) -> str:
    return f"| {name if ' ' in name else f'`{name}`'} | {what} | {needs} | {schema} | `{line}` |"


def _address_of(provider: Provider) -> list[str]:
    return [provider.base_url_env] if provider.base_url_env and not provider.base_url else []


PARTS: dict[str, Callable[[], str | None]] = {
    "backends": backends_table,
    "commands": commands_table,
    "demo": demo,
    "schema fields": schema_fields,
    "doctor": output_of("extractor doctor --backend rules/baseline"),
    "doctor local": output_of(
        "python -m tests.tiny_model tiny.gguf", "extractor doctor --backend local/tiny.gguf", needs="xllamacpp"
    ),
    "extract help": output_of("extractor extract --help"),
    "recorded runs": output_of("python -m benchmarks.recorded_runs"),
}

VOLATILE: dict[str, re.Pattern[str]] = {
    # the order of a processor's sums decides what a model of noise says, and its speed when
    "doctor local": re.compile(r"(?<=gguf:)[0-9a-f]+|\d+(?= out)|\d+ tokens a second: \d+ in [\d.]+ s"),
}


def _renewed(name: str, body: str, current: Mapping[str, Callable[[], str | None]]) -> str:
    """The part as it must be now: the one that is there, where it differs in nothing that counts."""
    made = current[name]()
    if made is None:
        sys.stderr.write(f"not looked at: {name}, which needs a package that is not installed\n")
        return body
    pattern = VOLATILE.get(name)
    if pattern is not None and pattern.sub("…", body) == pattern.sub("…", f"{made}\n"):
        return body
    return f"{made}\n"


def main() -> int:
    """Check or write all parts; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    stale = []
    current = {name: cache(part) for name, part in PARTS.items()}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        renewed = PART.sub(lambda match: match[1] + _renewed(match["name"], match["body"], current) + match[4], text)
        if renewed != text:
            stale.append(str(page.relative_to(ROOT)))
            if write:
                page.write_text(renewed, encoding="utf-8")
    if stale and not write:
        sys.stderr.write(f"not current: {', '.join(stale)}: renew with `make docs FIX=1` and commit\n")
    return int(bool(stale) and not write)


if __name__ == "__main__":
    sys.exit(main())
