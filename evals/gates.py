"""Gates as they are asked for, on a command line or in `evals.toml`: read, checked for stale runs, and judged.

    [[gate]]
    name = "prompt 2 against prompt 1"
    run = "runs/candidate"
    against = "runs/baseline"
    gold = "gold/conflict/dev"
    fields = ["events", "tier.1", "casualties.*"]     # left out: all
    min = { "events" = 0.8 }
    max_drop = { "date.value" = 0.02 }

Paths are relative to the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evals.comparing import compare_runs, incident_clusters
from evals.gate import Bounds, Judged, judge
from evals.gold import gold_digest
from evals.running import ScoredRun, score_folders
from evals.staleness import gold_part, stale_parts
from extractor.errors import ExtractorError, RunError, UsageError
from extractor.runs import repeats_of
from extractor.schemas import describe


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, as asked for.

    Attributes:
        name: what to call it in reports.
        run: the folder of the run that is judged, or of its repeats.
        against: the same of the baseline.
        gold: the gold folder or file.
        texts: folder with the texts of stand-off gold.
        fields: patterns of the figures to test; none for all.
        bounds: what figures must keep to besides.
        repeats: how many repeats of each run to use; None for all there are.
    """

    name: str
    run: Path
    against: Path
    gold: Path
    texts: Path | None = None
    fields: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A gate that was judged, with the runs behind it and what must be known of them."""

    gate: Gate
    judged: Judged
    run: Sequence[ScoredRun]
    baseline: Sequence[ScoredRun]
    notes: tuple[str, ...]


def check_gate(gate: Gate) -> Checked:
    """Score both runs, refuse stale ones, compare and judge.

    Raises:
        RunError: a run that is stale: it was recorded with another prompt, schema, gold or model than there is now.
        ExtractorError: a run, the gold or a bound that cannot be used.
    """
    folders = [repeats_of(gate.run, gate.repeats), repeats_of(gate.against, gate.repeats)]
    scored = score_folders([*folders[0], *folders[1]], gate.gold, texts=gate.texts)
    run, baseline = scored[: len(folders[0])], scored[len(folders[0]) :]
    digest = gold_digest(run[0].gold)
    for one in run:
        _refuse(one, stale_parts(one, digest), gate)
    for one in baseline:
        _refuse(one, gold_part(one, digest), gate)
    rows = compare_runs(
        [one.scores for one in baseline],
        [one.scores for one in run],
        clusters=incident_clusters(run[0].gold),
        wanted=gate.fields,
        always=gate.bounds.names,
    )
    if not rows:
        raise UsageError(f"gate {gate.name!r}: neither gold nor the runs fill any of its fields: name others")
    return Checked(gate, judge(rows, gate.bounds), run, baseline, _notes(scored))


def _refuse(run: ScoredRun, changed: Sequence[str], gate: Gate) -> None:
    if changed:
        parts = changed[0] if len(changed) == 1 else f"{', '.join(changed[:-1])} and {changed[-1]}"
        raise RunError(
            f"run {run.folder} is stale: {parts} changed since it was recorded: make it anew with "
            f"`evals run --gold {gate.gold} --run {run.folder} --fresh` and its own backend and prompt"
        )


def _notes(scored: Sequence[ScoredRun]) -> tuple[str, ...]:
    notes = []
    for one in scored:
        if one.info.digests.gold is None:
            notes.append(
                f"{one.folder} records no gold digest: whether the gold changed since it was made is not known"
            )
        if one.info.finished is None:
            notes.append(f"{one.folder} is not finished: what is missing of it counts as missed")
        for ids, meaning in (
            (one.scores.failed, "failed, counted as missed"),
            (one.scores.absent, "not in the run, counted as missed"),
            (one.scores.unknown, "not in gold, left out"),
        ):
            if ids:
                notes.append(f"{one.folder}: {len(ids)} {meaning}: {', '.join(sorted(ids))}")
    return tuple(notes)


class _GateSettings(BaseModel):
    """One `[[gate]]` of the file."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    run: Path
    against: Path
    gold: Path
    texts: Path | None = None
    fields: list[str] = Field(default_factory=list)
    min: dict[str, float] = Field(default_factory=dict)
    max_drop: dict[str, float] = Field(default_factory=dict)
    repeats: int | None = Field(None, ge=1)

    @field_validator("min", "max_drop", mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """TOML reads `tier.1 = 0.8` without quotes as a table in a table."""
        return dict(_flattened(value, "")) if isinstance(value, dict) else value


def _flattened(table: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        found += _flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return found


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    gate: list[_GateSettings] = Field(min_length=1)


def read_gates(file: Path) -> list[Gate]:
    """The gates of an `evals.toml`.

    Raises:
        UsageError: it cannot be read, is not TOML, or a gate lacks something, has an unknown key or another's name.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: is not TOML: {error}") from error
    try:
        settings = _File.model_validate(data).gate
        gates = [_gate(one, file.parent) for one in settings]
    except ValidationError as error:
        raise UsageError(f"{file}: {describe(error)}") from error
    except ExtractorError as error:
        raise UsageError(f"{file}: {error}") from error
    names = [gate.name for gate in gates]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{file}: two gates are called {name!r}: give each a name of its own")
    return gates


def _gate(settings: _GateSettings, here: Path) -> Gate:
    return Gate(
        name=settings.name or f"{settings.run.name} against {settings.against.name}",
        run=here / settings.run,
        against=here / settings.against,
        gold=here / settings.gold,
        texts=None if settings.texts is None else here / settings.texts,
        fields=tuple(settings.fields),
        bounds=Bounds(settings.min, settings.max_drop),
        repeats=settings.repeats,
    )
