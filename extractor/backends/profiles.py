"""Backends by a name of the user's own: `backends.toml` in the current folder, then in the user's config folder.

    [night]                                   # extractor extract … --backend night
    backend = "openai/gpt-5-mini"             # provider/model; everything below may be left out
    base_url = "https://llm.example.org/v1"
    api_key_env = "NIGHT_KEY"                 # or api_key_file = "~/.keys/night"; never the key itself
    timeout = 60                              # seconds for one answer
    concurrency = 32
    requests_per_minute = 500
    tokens_per_minute = 200000
    context_window = 128000
    prices = { input = 0.25, cached_input = 0.025, output = 2 }   # USD per million tokens

    [prices."openai/some-model"]              # for a backend without a profile
    input = 1
    output = 4

What the command line says beats the profile.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.backends.addresses import check_base_url
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.errors import UsageError

FILE_NAME = "backends.toml"
_PRICES = "prices"
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
M = TypeVar("M", bound=BaseModel)
_KEY_NAMES = frozenset({"api_key", "key", "token", "secret", "password"})


class _Prices(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    input: _Money
    output: _Money
    cached_input: _Money | None = None
    request: _Money = 0.0


class _Section(BaseModel):
    """One profile as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    backend: str = Field(pattern=r"^[^/\s]+/\S+$")
    base_url: str | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    timeout: _Positive | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    requests_per_minute: _Positive | None = None
    tokens_per_minute: _Positive | None = None
    context_window: Annotated[int, Field(ge=1)] | None = None
    prices: _Prices | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A backend under a name of the user's own.

    Attributes:
        name: what `--backend` is given. file: where it is written.
        backend: `provider/model`.
        base_url, api_key_env, api_key_file, timeout_s: as in `BackendOptions`; None: the provider's own.
        context_window: in tokens, answer included.
        terms: limits and prices.
    """

    name: str
    file: Path
    backend: str
    base_url: str | None = None
    api_key_env: str | None = None
    api_key_file: Path | None = None
    timeout_s: float | None = None
    context_window: int | None = None
    terms: Terms = field(default_factory=Terms)


def find_profile(name: str, files: tuple[Path, ...] | None = None) -> Profile | None:
    """The profile of that name; None when no file has it.

    Raises:
        UsageError: a file is broken; names it, the place and what to do.
    """
    return next((profile for profile in read_profiles(files) if profile.name == name), None)


def read_profiles(files: tuple[Path, ...] | None = None) -> Iterator[Profile]:
    """All profiles, those of the current folder first.

    Raises:
        UsageError: a file is broken.
    """
    for file in profile_files() if files is None else files:
        for name, table in _tables(file).items():
            if name != _PRICES:
                yield _profile(file, name, table)


def own_price(backend: str, files: tuple[Path, ...] | None = None) -> TokenPrice | None:
    """What a file's `[prices."provider/model"]` says of a backend; None when none says anything.

    Raises:
        UsageError: a file is broken.
    """
    for file in profile_files() if files is None else files:
        prices = _tables(file).get(_PRICES, {})
        if backend in prices:
            return _price(_checked(_Prices, prices[backend], f'{file} [prices."{backend}"]'))
    return None


def profile_files() -> tuple[Path, ...]:
    """Where profiles are looked for."""
    from platformdirs import user_config_path

    return Path(FILE_NAME), user_config_path("extractor", appauthor=False) / FILE_NAME


def _tables(file: Path) -> dict[str, dict[str, Any]]:
    """The tables of a file; none when there is no such file."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(f"{file}: {name} stands outside of a profile: write [NAME] above it")
        if "/" in name:
            raise UsageError(f"{file} [{name}]: a profile's name has no slash: choose another")
        if name == _PRICES and not all(isinstance(price, dict) for price in table.values()):
            raise UsageError(f'{file} [prices]: write [prices."provider/model"] with input = … and output = …')
    return tables


def _profile(file: Path, name: str, table: dict[str, Any]) -> Profile:
    where = f"{file} [{name}]"
    if secret := next((key for key in table if key.lower() in _KEY_NAMES), None):
        raise UsageError(
            f"{where}: {secret}: keys do not belong in this file: name the variable that holds it, api_key_env = …"
        )
    section = _checked(_Section, table, where)
    if section.api_key_env and section.api_key_file:
        raise UsageError(f"{where}: api_key_env and api_key_file: give one of them")
    try:
        url = None if section.base_url is None else check_base_url(section.base_url)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
    return Profile(
        name=name,
        file=file,
        backend=section.backend,
        base_url=url,
        api_key_env=section.api_key_env,
        api_key_file=None if section.api_key_file is None else Path(section.api_key_file).expanduser(),
        timeout_s=section.timeout,
        context_window=section.context_window,
        terms=Terms(
            requests_per_minute=section.requests_per_minute,
            tokens_per_minute=section.tokens_per_minute,
            concurrency=section.concurrency,
            price=None if section.prices is None else _price(section.prices),
        ),
    )


def _price(prices: _Prices) -> TokenPrice:
    return TokenPrice(prices.input, prices.output, prices.cached_input, prices.request)


def _checked(model: type[M], table: Any, where: str) -> M:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise UsageError(f"{where}: {_first_problem(model, error)}") from error


def _first_problem(model: type[BaseModel], error: ValidationError) -> str:
    """The first thing that is wrong, with the name that was perhaps meant. Values are not shown: one may be a key."""
    problem = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        fields = list(_Prices.model_fields if key.startswith(f"{_PRICES}.") else model.model_fields)
        close = difflib.get_close_matches(str(problem["loc"][-1]), fields, n=1)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(fields)}"
        return f"no key {key}: {meant}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    if key == "backend":
        return "backend must be provider/model, such as openai/gpt-5-mini"
    return f"{key}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
