"""What a gold set must cover, from a `coverage.toml`, and what of it is missing; also the list of tags."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.checks import TRAP
from evals.labelling.coverage import TOTAL
from extractor.errors import UsageError
from extractor.schemas import describe

FILE_NAME = "coverage.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Enumeration(_Part):
    """Least number of events for each value of an enumeration; those of `without` need none."""

    each: int = Field(1, ge=0)
    without: tuple[str, ...] = ()


class Spread(_Part):
    """Least number of countries, and of continents that they are on."""

    least: int = Field(0, ge=0)
    continents: int = Field(0, ge=0)


class Tags(_Part):
    """Tags that there are, and the least number of articles that each must have."""

    each: int = Field(0, ge=0)
    tags: tuple[str, ...] = ()


class Articles(_Part):
    """Least numbers of articles of a kind; `lengths` are by band."""

    no_event: int = Field(0, ge=0)
    lengths: dict[str, int] = {}


class Incidents(_Part):
    """Least number of incidents told by `fewest` to `most` articles."""

    least: int = Field(0, ge=0)
    fewest: int = Field(2, ge=1)
    most: int = Field(4, ge=1)


class Requirements(_Part):
    """The whole file; every table may be left out."""

    splits: dict[str, int] = {}
    enumerations: dict[str, Enumeration] = {}
    countries: Spread = Spread()
    traps: Tags = Tags()
    genres: Tags = Tags()
    articles: Articles = Articles()
    incidents: Incidents = Incidents()


def read_requirements(file: Path) -> Requirements:
    """Read a `coverage.toml`.

    Raises:
        UsageError: it cannot be read, is not TOML, or has keys or values that it should not.
    """
    try:
        return Requirements.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}; check the path") from error
    except ValidationError as error:
        raise UsageError(f"{file}: {describe(error)}: docs/formats.md has its keys") from error
    except ValueError as error:  # neither TOML nor UTF-8
        raise UsageError(f"{file} is not TOML: {error}") from error


def requirements_file(path: Path) -> Path | None:
    """The `coverage.toml` of a gold folder or file: in its folder or one of the two above."""
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    return next((file for parent in (folder, *folder.parents[:2]) if (file := parent / FILE_NAME).is_file()), None)


def known_traps(requirements: Requirements) -> frozenset[str]:
    """The tags of traps, as they stand in gold files."""
    return frozenset(TRAP + tag for tag in requirements.traps.tags)


def missed(covered: Mapping[str, Any], required: Requirements) -> list[str]:
    """What a set lacks, one line each, with what it has and what it needs."""
    return [
        *_splits(covered, required),
        *_enumerations(covered, required),
        *_countries(covered, required),
        *_tags(covered, required),
        *_kinds(covered, required),
    ]


def _splits(covered: Mapping[str, Any], required: Requirements) -> Iterator[str]:
    for split, least in required.splits.items():
        if (has := covered["splits"].get(split, 0)) < least:
            yield f"split {split}: {_articles(has)}, {least} {_are(least)} wanted"


def _enumerations(covered: Mapping[str, Any], required: Requirements) -> Iterator[str]:
    for name, rule in required.enumerations.items():
        tallies = covered["enumerations"].get(name)
        if tallies is None:
            yield f"enumerations.{name}: the schema has no such enumeration"
            continue
        for value, counts in tallies.items():
            if value not in rule.without and counts[TOTAL] < rule.each:
                yield f"{name} {value}: {_number(counts[TOTAL], 'event')}, {rule.each} {_are(rule.each)} wanted"


def _countries(covered: Mapping[str, Any], required: Requirements) -> Iterator[str]:
    for name, least in (("countries", required.countries.least), ("continents", required.countries.continents)):
        if (has := len(covered[name])) < least:
            yield f"{name}: {has}, {least} {_are(least)} wanted"


def _tags(covered: Mapping[str, Any], required: Requirements) -> Iterator[str]:
    for kind, key, rule in (("trap", "traps", required.traps), ("genre", "tags", required.genres)):
        for tag in rule.tags:
            if (has := covered[key].get(tag, {}).get(TOTAL, 0)) < rule.each:
                yield f"{kind} {tag}: {_articles(has)}, {rule.each} {_are(rule.each)} wanted"


def _kinds(covered: Mapping[str, Any], required: Requirements) -> Iterator[str]:
    if (has := covered["no_event"][TOTAL]) < required.articles.no_event:
        yield f"no event: {_articles(has)}, {required.articles.no_event} {_are(required.articles.no_event)} wanted"
    for band, least in required.articles.lengths.items():
        if band not in covered["lengths"]:
            yield f"length {band!r}: no such band, there are {', '.join(covered['lengths'])}"
        elif (has := covered["lengths"][band][TOTAL]) < least:
            yield f"{band} words: {_articles(has)}, {least} {_are(least)} wanted"
    rule = required.incidents
    told = [ids for ids in covered["incidents"].values() if rule.fewest <= len(ids) <= rule.most]
    if len(told) < rule.least:
        told_by = f"incidents told by {rule.fewest} to {rule.most} articles"
        yield f"{told_by}: {len(told)}, {rule.least} {_are(rule.least)} wanted"


def _articles(count: int) -> str:
    return _number(count, "article")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
