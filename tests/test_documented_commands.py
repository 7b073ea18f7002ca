"""What README and docs tell users to type is something that the commands take; the table of backends line by line."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from evals.cli.app import app as evals_app
from extractor.backends.providers import Provider, providers
from extractor.cli.app import app as extractor_app
from tests.commands import run
from tests.extractor.extraction_cases import GOOD, TEXT
from tests.loopback.server import LoopbackServer

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"extractor": extractor_app, "evals": evals_app}
_CONSOLE = re.compile(r"^```(?:console|bash|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"<!-- generated: backends -->\n(.*?)<!-- end -->", re.DOTALL)
_PLACEHOLDER = "placeholder-0123456789"


def commands() -> Iterator[str]:
    """Every call of our programs after a `$` in the pages, pipes and redirections taken apart."""
    for page in PAGES:
        for block in _CONSOLE.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                if line.startswith("$ "):
                    for part in re.split(r"\||&&", line[2:]):
                        said = shlex.split(part, comments=True)
                        if said and said[0] in PROGRAMS:
                            yield shlex.join(said[: said.index(">")] if ">" in said else said)


def rows() -> list[list[str]]:
    """The table of backends: name, what, needs, schema, line."""
    found = _TABLE.search((ROOT / "docs" / "backends.md").read_text(encoding="utf-8"))
    assert found is not None
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in found[1].splitlines()[2:]]


ALL = sorted(set(commands()))


def test_the_pages_are_read() -> None:
    assert len(ALL) > 40
    assert len(rows()) == len(providers()) + 5


@pytest.mark.parametrize("line", ALL)
def test_a_line_in_the_pages_is_taken_by_the_command(line: str) -> None:
    parse(line)


@pytest.mark.parametrize(
    "line", ["extractor extract a.txt --modle x", "extractor doctr -b x", "evals run --gold g --repeats two"]
)
def test_a_line_that_is_wrong_would_be_found(line: str) -> None:
    with pytest.raises(Exception, match=r"No such (option|command)|valid integer"):
        parse(line)


def parse(line: str) -> None:
    """Parse a command line down to its last subcommand, without doing it; raises for what it does not take."""
    program, *arguments = shlex.split(line)
    command: Any = typer.main.get_command(PROGRAMS[program])
    context = None
    while True:
        context = command.make_context(command.name, list(arguments), parent=context)
        if not hasattr(command, "commands"):
            return
        _, command, arguments = command.resolve_command(context, context._protected_args + context.args)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[4].strip("`"))
def test_a_line_of_the_table_of_backends_works_once_it_has_what_it_needs(
    row: list[str],
    tmp_path: Path,
    loopback: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, _, needs, _, line = row
    prepare(tmp_path, loopback, monkeypatch, capsys, line)
    program, *arguments = shlex.split(line.strip("`"))
    estimating = [] if arguments[0] == "batch" else ["--dry-run"]
    outcome = run(monkeypatch, capsys, program, *arguments, *estimating)
    provider = providers().get(line.partition("--backend ")[2].partition("/")[0])
    if provider is not None and (package := provider.missing_package()):
        assert outcome.code == 2
        assert f"pip install {package}" in outcome.error
        assert f"`pip install {package}`" in needs
        return
    assert outcome.code == 0, outcome.err
    if estimating:
        assert re.search(r"^requests +1$", outcome.out, re.MULTILINE)
    else:
        assert (tmp_path / "requests.jsonl").is_file()


def prepare(
    folder: Path,
    loopback: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
) -> None:
    """What the line needs, with placeholders for keys, and nothing that can be reached elsewhere."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXTRACTOR_CACHE", str(folder / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    (folder / "news").mkdir()
    (folder / "news" / "a.txt").write_text(TEXT)
    if "replay/" in line:
        loopback.answer = GOOD
        made = ("--backend", "openai/m", "--base-url", loopback.url, "--run", "night")
        assert run(monkeypatch, capsys, "extractor", "extract", "news/", *made).code == 0
    if "my-model.gguf" in line:
        for package in ("xllamacpp", "gguf", "tokenizers"):
            pytest.importorskip(package, reason=f"needs {package}: pip install -e '.[dev]'")
        from tests.extractor.backends.local_model import make_model

        (folder / "models").mkdir()
        make_model(folder / "models" / "my-model.gguf")
    for provider in providers().values():
        set_placeholders(provider, monkeypatch)
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"something was sent to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def set_placeholders(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first key, and its address where it has none of its own."""
    for name in provider.key_env[:1]:
        monkeypatch.setenv(name, _PLACEHOLDER)
    if provider.base_url_env:
        if provider.base_url:
            monkeypatch.delenv(provider.base_url_env, raising=False)
        else:
            monkeypatch.setenv(provider.base_url_env, "https://acme.example.org")
