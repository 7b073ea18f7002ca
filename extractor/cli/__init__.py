"""The command `extractor`. Only typer is loaded to parse a command line; each command loads what it needs."""

from extractor.cli.app import main

__all__ = ["main"]
