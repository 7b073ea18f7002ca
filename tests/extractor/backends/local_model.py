"""A tiny model for the tests of the local engine, and what they ask it for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from extractor.backends.local import LocalBackend, open_local
from extractor.backends.local.sizing import Wishes
from extractor.backends.structured import strict_schema
from extractor.records import Article
from tests.extractor.extraction_cases import PROMPT, SCHEMA, TEXT
from tests.tiny_model import write_tiny_model

# One thread: on machines shared with other jobs, the threads of so small a model mostly wait for each other.
WISHES = Wishes(context=16384, slots=2, threads=1, gpu_layers=0)

ENDLESS: dict[str, Any] = {
    "type": "object",
    "properties": {"events": {"type": "array", "items": {"enum": ["tern", "heron"]}, "minItems": 1900}},
    "required": ["events"],
}
"""A schema whose answers take thousands of tokens; llama.cpp takes no repetition beyond 2,000."""


def make_model(path: Path) -> Path:
    """A model whose vocabulary fits the conflict prompt and schema."""
    prompt = PROMPT.render(Article("a", TEXT), SCHEMA)
    schema, _ = strict_schema(SCHEMA.json_schema())
    return write_tiny_model(path, [*(message.content for message in prompt), json.dumps(schema)])


def open_tiny(path: Path, *, timeout_s: float = 120.0, **wishes: Any) -> LocalBackend:
    changed = Wishes(**{name: wishes.get(name, getattr(WISHES, name)) for name in Wishes.__slots__})
    return open_local(f"local/{path}", str(path), timeout_s=timeout_s, wishes=changed)
