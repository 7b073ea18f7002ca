"""Keep the generated parts of the Markdown files current: help texts, tables, real output of commands.

    python docs/generate.py --check     exit code 1 and the names of stale parts
    python docs/generate.py --write     renew them

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of `PARTS` below.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
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


def output_of(*command: str, keep: Callable[[str], str] = lambda text: text) -> Callable[[], str]:
    """What a command of ours prints, run in an empty folder."""

    def run() -> str:
        binaries = Path(sys.executable).parent
        environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [binaries / command[0], *command[1:]],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        lines = [line.rstrip() for line in keep(done.stdout).rstrip().splitlines()]
        return "```console\n$ " + " ".join(command) + "\n" + "\n".join(lines) + "\n```"

    return run


def demo() -> str:
    """What `make demo` prints."""
    return output_of("evals", "demo")().replace("$ evals demo", "$ make demo")


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
    rows.append(_backend_row("rules/baseline", "rules, offline and without a model: a floor to beat", [], "built in"))
    for provider in providers().values():
        needs = [f"`pip install {install}`" for install in dict.fromkeys(provider.packages.values())]
        if provider.local:
            needs.append(f"a server at `{provider.base_url}`")
        else:
            needs += [f"`{name}`" for name in (*provider.key_env[:1], *_address_of(provider))]
        strict = "strict `json_schema`" if provider.strict else "`json_schema`"
        how = {"TOOLS": "a tool call", "JSON": "a response schema"}.get(provider.mode, strict)
        rows.append(_backend_row(f"{provider.name}/{provider.example}", provider.what, needs, how))
    return "\n".join(rows)


def _backend_row(ref: str, what: str, needs: Sequence[str], schema: str) -> str:
    name = ref if ref == "rules/baseline" else f"{ref.partition('/')[0]}/…"
    return f"| `{name}` | {what} | {', '.join(needs) or '–'} | {schema} | `extractor extract news/ --backend {ref}` |"


def _address_of(provider: Provider) -> list[str]:
    return [provider.base_url_env] if provider.base_url_env and not provider.base_url else []


PARTS: dict[str, Callable[[], str]] = {
    "backends": backends_table,
    "commands": commands_table,
    "demo": demo,
    "schema fields": schema_fields,
    "doctor": output_of("extractor", "doctor", "--backend", "rules/baseline"),
    "extract help": output_of("extractor", "extract", "--help"),
}


def main() -> int:
    """Check or write all parts; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    stale = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        renewed = PART.sub(lambda match: match[1] + PARTS[match["name"]]() + "\n" + match[4], text)
        if renewed != text:
            stale.append(str(page.relative_to(ROOT)))
            if write:
                page.write_text(renewed, encoding="utf-8")
    if stale and not write:
        sys.stderr.write(f"not current: {', '.join(stale)}: renew with `make docs FIX=1` and commit\n")
    return int(bool(stale) and not write)


if __name__ == "__main__":
    sys.exit(main())
