"""The command `evals`. Only typer is loaded to parse a command line; each command loads what it needs."""

from evals.cli.app import main

__all__ = ["main"]
