"""The harm of an event over all its clauses, each person counted once (guide 6.3, 6.6)."""

from __future__ import annotations

from dataclasses import replace

from extractor.backends.rules.casualties import Harm
from extractor.backends.rules.quantities import SEVERAL, ZERO, Bounds, disagreeing


def merge_harm(told: list[list[Harm]]) -> list[Harm]:
    """Rows of several tellings: repeated ones once, finer ones for coarser ones, differing ones as disputed bounds."""
    rows: list[Harm] = []
    for clause in told:
        for effect in dict.fromkeys(harm.effect for harm in clause):
            known = [harm for harm in rows if harm.effect == effect]
            new = _distinct([harm for harm in clause if harm.effect == effect])
            rows = [harm for harm in rows if harm.effect != effect] + _reconcile(known, new)
    return rows


def _distinct(rows: list[Harm]) -> list[Harm]:
    """Within a clause the same row is told once, and a zero is none beside a number."""
    seen: dict[tuple[str, Bounds, tuple[str, ...]], Harm] = {}
    for harm in rows:
        seen.setdefault((harm.people.group, harm.count, harm.people.names), harm)
    kept = list(seen.values())
    return [harm for harm in kept if harm.count != ZERO] or kept


def _reconcile(known: list[Harm], new: list[Harm]) -> list[Harm]:
    """Two tellings of one effect."""
    if not known or not new:
        return known or new
    if _total(known) == _total(new):
        return max(known, new, key=_detail)
    if ZERO in (_total(known), _total(new)):
        return _with_zero(known, new)
    if all(harm.count == SEVERAL for harm in new):
        return known
    if len(known) == len(new) == 1:
        return _two_tellings(known[0], new[0])
    return _two_lists(known, new)


def _with_zero(known: list[Harm], new: list[Harm]) -> list[Harm]:
    """A zero and a later figure are the figure (guide 6.3); a zero of other people stands beside it (guide 6.5)."""
    if _total(new) == ZERO:
        return [*known, *(harm for harm in new if _others(harm, known))]
    return [*known, *new] if all(_others(harm, new) for harm in known) else new


def _two_lists(known: list[Harm], new: list[Harm]) -> list[Harm]:
    old_total, new_total = _total(known), _total(new)
    if new_total.min != old_total.min and _attackers_only(new) and not any(map(_is_attacker, known)):
        return [*known, *new]
    if len(new) == 1 and (finer := _finer(known, new[0])):
        return finer
    return new if _within(old_total, new_total) or new_total.min == old_total.min else known


def _is_attacker(harm: Harm) -> bool:
    return harm.people.group == "militant"


def _others(harm: Harm, rows: list[Harm]) -> bool:
    """Whether an explicit zero is said of people that no other row is about (guide 6.5)."""
    mine = (harm.people.group, harm.people.affiliations)
    return harm.people.group != "unspecified" and all(
        mine != (row.people.group, row.people.affiliations) and row.people.group != "unspecified" for row in rows
    )


def _attackers_only(rows: list[Harm]) -> bool:
    """Dead attackers are told after the dead, and are not among them."""
    return all(map(_is_attacker, rows))


def _finer(known: list[Harm], new: Harm) -> list[Harm] | None:
    """One of several rows told again."""
    for at, harm in enumerate(known):
        if harm.people.group == new.people.group and harm.count == new.count:
            return [*known[:at], max(harm, new, key=lambda one: _detail([one])), *known[at + 1 :]]
    return None


def _two_tellings(first: Harm, second: Harm) -> list[Harm]:
    """One row told twice, or two rows told one after the other."""
    groups = {first.people.group, second.people.group}
    apart = len(groups) > 1 and "unspecified" not in groups and not _near(groups)
    if apart or (first.people.names and second.people.names and first.people.names != second.people.names):
        return [first, second]
    if (
        second.people.group != "unspecified"
        and first.people.group == "unspecified"
        and _within(second.count, first.count)
    ):
        return [first]
    if second.count.max is not None and 2 * second.count.max < (first.count.min or 0):
        return [first]  # some of them, told apart
    count = disagreeing(first.count, second.count)
    rich = max(first, second, key=lambda harm: _detail([harm]))
    return [Harm(rich.effect, replace(rich.people, count=count))]


def _near(groups: set[str]) -> bool:
    near: list[set[str]] = [{"civilian", "contractor"}, {"military", "police_security"}]
    return any(groups <= pair for pair in near)


def _within(part: Bounds, total: Bounds) -> bool:
    return part.max is not None and (total.min or 0) > part.max


def _total(rows: list[Harm]) -> Bounds:
    highs = [row.count.max for row in rows if row.count.max is not None]
    high = sum(highs) if len(highs) == len(rows) else None
    return Bounds(sum(row.count.min or 0 for row in rows), high, any(row.count.approx for row in rows))


def _detail(rows: list[Harm]) -> int:
    known = [
        (row.people.group != "unspecified") + len(row.people.affiliations) + 2 * len(row.people.names) for row in rows
    ]
    return sum(known)
