"""How a command of ours starts and ends: one line for an error, exit codes 0, 1 and 2, no traceback unless asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer

from extractor.errors import ExtractorError

OK, SOME_FAILED, WRONG_USE = 0, 1, 2
INTERRUPTED = 130
DEBUG = "--debug"


def run_app(app: Callable[[], object]) -> None:
    """Run a typer application. An error becomes one line on stderr and exit code 2.

    `--debug`, anywhere on the command line, lets the traceback through instead.
    """
    debug = DEBUG in sys.argv
    if debug:
        sys.argv.remove(DEBUG)
    try:
        app()
    except ExtractorError as error:
        if debug:
            raise
        fail(str(error))
    except BrokenPipeError:
        # the reader of our output went away, as `head` does: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(SOME_FAILED)
    except KeyboardInterrupt:
        _tell_interrupted()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer ends an interrupted command without a word
            _tell_interrupted()
        raise
    except Exception as error:
        if debug:
            raise
        fail(f"unexpected {type(error).__name__}: {error}; run it again with {DEBUG} and report what it shows")


def _tell_interrupted() -> None:
    fail("interrupted; the same command goes on where it stopped if it had a --run", code=INTERRUPTED)


def fail(message: str, *, code: int = WRONG_USE) -> None:
    """Print one line on stderr and end the process."""
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(code)
