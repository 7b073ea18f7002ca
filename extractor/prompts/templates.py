"""Templates of prompts: sandboxed Jinja, where every slip is one line that names the file and the line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from extractor.errors import PromptError


def render(source: str, file: str, values: Mapping[str, Any]) -> str:
    """Render a template. Values are put in as they are: nothing in them is escaped, read as template or run.

    Args:
        source: the template's text.
        file: the name to give in errors.
        values: all that the template can see.

    Raises:
        PromptError: wrong syntax, an undefined name, a forbidden or failing expression, an include.
    """
    template = _compiled(source, file)
    try:
        return template.render(values).strip("\n")
    except Exception as error:  # a template is a program of the user's: whatever it raises is the prompt's fault
        line = _line_in(file, error.__traceback__)
        known = ", ".join(sorted(values))
        raise PromptError(f"{file}{line}: {_said(error)} (a template can use: {known})") from error


@lru_cache(maxsize=32)
def _compiled(source: str, file: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # the output is a prompt, not HTML: quotes must stay verbatim
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader({}),  # no includes: the digest covers the prompt's own files and nothing else
    )
    try:
        code = environment.compile(source, name=file, filename=file)
    except TemplateSyntaxError as error:
        raise PromptError(f"{file} line {error.lineno}: {error.message}: mend the template") from error
    return Template.from_code(environment, code, environment.make_globals(None))


def _line_in(file: str, trace: TracebackType | None) -> str:
    found = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = f" line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
