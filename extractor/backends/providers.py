"""The providers that `provider/model` can name: where they answer, what they need, how they are held to a schema.

The facts stand in `providers.toml`; nothing here imports a client or opens a connection.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

Route = Literal["compatible", "sdk"]

Mode = Literal["JSON_SCHEMA", "TOOLS", "JSON"]
"""instructor's modes by their names there. `JSON` is chosen only for Gemini, where it means a response schema."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Attributes:
        name: as in `name/model`.
        what: one line for `extractor backends`.
        route: `compatible` with OpenAI's chat completions, or through its own `sdk`.
        base_url: where it answers; empty: known to its SDK, or given by `base_url_env`.
        base_url_env: an environment variable that says where it answers; beats `base_url`.
        base_url_suffix: what follows the address in that variable.
        key_env: environment variables that may hold the key, the documented one first; empty: it needs none.
        packages: what it needs beyond this product: module to import -> what to `pip install`.
        mode: instructor's mode for it.
        strict: whether it takes `strict: true`, the promise that the schema holds.
        handlers: whose request handlers in instructor's registry apply to a compatible provider.
        tokens_parameter, seed_parameter: what it calls these; an empty name: it takes no seed.
        takes_temperature: False: it refuses one, so none is sent.
        no_temperature: a pattern of models that refuse one. Requests that are answered at once find that out by
            themselves; in a batch it would cost a round.
        local_port: the loopback port where a local server listens by default; 0 for hosted providers.
        missing_model: what to do about a model that it does not have.
        example: a model of it, for documentation.
    """

    name: str
    what: str
    route: Route = "compatible"
    base_url: str = ""
    base_url_env: str = ""
    base_url_suffix: str = ""
    key_env: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = "JSON_SCHEMA"
    strict: bool = False
    handlers: str = "openai"
    tokens_parameter: str = "max_tokens"
    seed_parameter: str = "seed"
    takes_temperature: bool = True
    no_temperature: str = ""
    local_port: int = 0
    missing_model: str = "check its name with the provider"
    example: str = "MODEL"

    @property
    def local(self) -> bool:
        """Whether it is a server that the user runs."""
        return self.local_port > 0

    def address(self) -> str:
        """Where it answers, from the environment or by default; empty when neither says."""
        if self.base_url_env and (given := os.environ.get(self.base_url_env, "").strip()):
            return given.rstrip("/").removesuffix(self.base_url_suffix) + self.base_url_suffix
        return self.base_url

    def at(self, url: str) -> Provider:
        """How it wants to be asked at this address: `openai` elsewhere than at OpenAI is any compatible server, and
        what all of them know is `max_tokens`, which OpenAI's own reasoning models refuse.
        """
        if self.name == "openai" and not (urlsplit(url).hostname or "").endswith("api.openai.com"):
            return replace(self, tokens_parameter="max_tokens")
        return self

    def key(self) -> str | None:
        """The key from the first of its environment variables that is set."""
        return next((value for name in self.key_env if (value := os.environ.get(name, "").strip())), None)

    def missing_package(self) -> str | None:
        """What to `pip install` before it can be used; None when all is there. Imports nothing heavy."""
        return next((install for module, install in self.packages.items() if not _installed(module)), None)


@lru_cache(maxsize=1)
def providers() -> Mapping[str, Provider]:
    """All providers by name, in the order in which they are listed."""
    table = tomllib.loads(Path(__file__).with_name("providers.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _provider(name, row) for name, row in table.items()})


def _provider(name: str, row: dict[str, object]) -> Provider:
    keys = row.get("key_env", [])
    return Provider(name=name, **{**row, "key_env": tuple(keys)})  # type: ignore[arg-type]  # checked by the tests


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the parent of a dotted name is not there
        return False
