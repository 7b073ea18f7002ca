"""From a schema to the judge of its events: which fields are scored, under which name, in which tier, and how. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from evals import judgements as say
from evals.align import list_item_similarity, plain_likeness
from evals.compare import comparator_for, compare_counts
from evals.judgements import NO_ACCEPT, Accept, Judge, JudgeItems, Judgement, ObjectField
from extractor.schemas.fields import FieldSpec
from extractor.schemas.metadata import Comparator

Tier = Literal[1, 2, 3]
_UNSCORED = 3
_HEDGE_TIER = 2
_HEDGES = ("approx", "disputed")


class Column(NamedTuple):
    """One scored field: its name in tables (`locations.target.site`), its tier, and how its values are compared."""

    name: str
    tier: Tier
    comparator: Comparator | None = None


class EventJudge:
    """Judges pairs of events of one schema.

    Attributes:
        columns: the scored fields in schema order, tiers 1 and 2.
    """

    def __init__(self, fields: Sequence[FieldSpec]) -> None:
        self.columns: list[Column] = []
        self._event = self._object([spec for spec in fields if not spec.evidence], "", 1)

    def judge(
        self, gold: Mapping[str, Any] | None, predicted: Mapping[str, Any] | None, accept: Accept = NO_ACCEPT
    ) -> list[Judgement]:
        """All judgements on one pair of events; None stands for the partner that an event lacks."""
        found: list[Judgement] = []
        self._event(gold, predicted, accept, "", "", found)
        return found

    def _object(self, fields: Sequence[FieldSpec], prefix: str, tier: int) -> Judge:
        """Judges the fields of an object one by one; place fields know the coarser levels, declared after them."""
        places = [spec.name for spec in fields if spec.comparator == "place"]
        parts = []
        for spec in fields:
            coarser = tuple(places[places.index(spec.name) + 1 :]) if spec.name in places else ()
            parts.append(self._field(spec, f"{prefix}{spec.name}", tier, coarser))
        return say.fields([part for part in parts if part.judge is not say.nothing])

    def _field(self, spec: FieldSpec, name: str, tier: int, coarser: tuple[str, ...]) -> ObjectField:
        tier = max(tier, spec.scored.tier)
        if tier == _UNSCORED:
            return ObjectField(spec.name, say.nothing)
        if spec.kind == "model":
            return ObjectField(spec.name, self._object(spec.children, f"{name}.", tier))
        if spec.kind == "list_of_models":
            return ObjectField(spec.name, say.best_alternative(self._list(spec, name, tier)))
        if spec.comparator == "count" and spec.kind == "leaf":
            return ObjectField(spec.name, self._count(name, tier))
        column, comparator = self._column(name, tier, spec.comparator), comparator_for(spec)
        if spec.kind == "list_of_leaves":
            return ObjectField(spec.name, say.best_alternative(say.values(column, comparator)))
        return ObjectField(spec.name, say.leaf(column, comparator.verdict), column, coarser)

    def _count(self, name: str, tier: int) -> Judge:
        """The bounds under the field's name; `approx` and `disputed` apart, as its hedge, in tier 2."""
        bounds = say.leaf(self._column(name, tier, "count"), compare_counts)
        hedges = say.flags(self._column(f"{name}.hedge", max(tier, _HEDGE_TIER), "enum"), _HEDGES)

        def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
            bounds(gold, predicted, accept, gold_at, at, found)
            if gold_at not in accept:  # which of the accepted counts was meant, and so its hedge, cannot be said
                hedges(gold, predicted, NO_ACCEPT, gold_at, at, found)

        return judge

    def _list(self, spec: FieldSpec, name: str, tier: int) -> Judge:
        similarity = list_item_similarity(spec)
        if spec.grouped is None:
            judge = self._object(spec.children, f"{name}.", tier)
            return say.whole_list(say.items(similarity, plain_likeness(spec.children), judge))
        by = spec.grouped.by
        rest = [child for child in spec.children if child.name != by]
        judges: dict[str, list[JudgeItems]] = {}
        for value in next(child.values for child in spec.children if child.name == by):
            group_tier = max(tier, spec.grouped.tiers.get(value, spec.grouped.otherwise))
            judges[value] = self._total(spec, f"{name}.{value}.total", value, tier)
            judge = self._object(rest, f"{name}.{value}.", group_tier)
            judges[value].append(say.items(similarity, plain_likeness(rest), judge))
        return say.groups(by, judges)

    def _total(self, spec: FieldSpec, name: str, value: str, tier: int) -> list[JudgeItems]:
        """The judge of the group's total; none where the schema asks for no total, or only keeps it."""
        if spec.totalled is None:
            return []
        tier = max(tier, spec.totalled.tiers.get(value, spec.totalled.otherwise))
        return [] if tier == _UNSCORED else [say.total(spec.totalled.of, self._count(name, tier))]

    def _column(self, name: str, tier: int, comparator: Comparator | None) -> int:
        self.columns.append(Column(name, cast("Tier", tier), comparator))
        return len(self.columns) - 1
