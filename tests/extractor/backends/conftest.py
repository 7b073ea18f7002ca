"""A small schema of the tests' own, and a request for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from extractor.backends import providers as provider_table
from extractor.records import Article, Message, Request

KEY = "sk-loopback-0123456789abcdef"
"""A key that no endpoint knows; tests look for it wherever it must not be."""


class Sighting(BaseModel):
    bird: str = Field(description="Its name.", max_length=80)
    kind: Literal["seen", "heard"] = "seen"
    count: int | None = Field(None, ge=1)


class Diary(BaseModel):
    """What one walk brought."""

    events: list[Sighting]


ANSWER: dict[str, Any] = {"events": [{"bird": "bittern", "kind": "heard", "count": 2}]}


def make_request(text: str = "Two bitterns boomed in the reeds.", **changes: Any) -> Request:
    values: dict[str, Any] = {
        "article": Article("walk-1", text),
        "messages": (Message("system", "Write down the birds."), Message("user", text)),
        "schema_name": "diary:Diary",
        "json_schema": Diary.model_json_schema(),
        "max_tokens": 321,
    }
    return Request(**{**values, **changes})


@pytest.fixture(autouse=True)
def _no_keys_and_no_addresses_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in provider_table.providers().values():
        for name in (*provider.key_env, provider.base_url_env):
            if name:
                monkeypatch.delenv(name, raising=False)


@pytest.fixture
def new_request() -> Callable[..., Request]:
    return make_request
