"""The best mapping of predicted to gold templates for GTT F1, exactly and in the reference order, without trying all.

The reference scorer tries every mapping, (G+1)^K of them or so. Two facts make that unnecessary. The denominators of
a text do not depend on the mapping, so its F1 depends only on the two numerators; and F1 grows strictly with either
numerator, so only the Pareto-optimal pairs of numerators matter. These are found by dynamic programming over the
predicted templates: what the remaining ones can still earn depends only on which gold templates are left, and gold
templates that earn the same from all remaining ones are interchangeable.
"""

from collections.abc import Iterable, Iterator, Sequence

from evals.literature.precision_recall import PrecisionRecall

Credit = tuple[int, int]
"""What a pair of templates adds to (p_num, r_num): both at least 1, or (0, 0) if the pair does not count as aligned."""

TemplateMapping = tuple[int | None, ...]
"""For each predicted template the index of its gold template, or None."""

MAX_STATES = 400_000
"""How many states (next predicted template, gold templates left) one text may need before the search gives up.

There are at most 2^G for each of K predicted templates, so that 12 gold templates against 97 predicted ones are
always within the bound, and 14 against 24; MUC-4 texts have about half a dozen on either side. A search that reaches
the bound takes some tens of seconds and 300 MB."""

_State = tuple[int, ...]  # the kinds of the gold templates left, sorted; those that can earn nothing left out
_Front = tuple[Credit, ...]
_NOTHING: Credit = (0, 0)


class TooManyMappingsError(ValueError):
    """A text has so many different templates on both sides that the best mapping is out of reach."""


def best_mapping(
    pair_credits: Sequence[Sequence[Credit]], p_den: int, r_den: int, max_states: int = MAX_STATES
) -> TemplateMapping:
    """The first of the mappings with the highest F1.

    Mappings are one-to-one; unmapped is allowed on both sides. "First" is lexicographic over the predicted templates
    in order, a lower gold index before a higher one, None after every index. F1 is compared in double precision.

    Args:
        pair_credits: for each predicted template (row) and gold template (column) the credit of the pair.
        p_den: denominator of precision of this text, the same for every mapping.
        r_den: denominator of recall of this text, the same for every mapping.
        max_states: the bound above which the search gives up.

    Raises:
        TooManyMappingsError: the search would need more than `max_states` states.
    """

    def f1(credit: Credit) -> float:
        return PrecisionRecall(credit[0], p_den, credit[1], r_den).f1

    search = _Search(pair_credits, max_states)
    left = frozenset(range(len(pair_credits[0]) if pair_credits else 0))
    highest = max(f1(earned) for earned in search.front(0, left))
    mapping: list[int | None] = []
    earned = _NOTHING
    for step, row in enumerate(pair_credits):
        for choice in (*sorted(left), None):
            so_far = earned if choice is None else _add(earned, row[choice])
            if any(f1(_add(so_far, rest)) == highest for rest in search.front(step + 1, left - {choice})):
                break
        mapping.append(choice)
        earned, left = so_far, left - {choice}
    return tuple(mapping)


class _Search:
    """Answers what the predicted templates from one step on can earn from the gold templates left."""

    def __init__(self, pair_credits: Sequence[Sequence[Credit]], max_states: int) -> None:
        self._steps = len(pair_credits)
        self._max_states = max_states
        self._fronts: dict[tuple[int, _State], _Front] = {}
        self._kind_of, self._kinds = _kinds(pair_credits)

    def front(self, step: int, left: Iterable[int]) -> _Front:
        """The Pareto-optimal credits that rows `step`, `step + 1`, … can earn from the gold templates `left`."""
        start = _state(self._kind_of[step][gold] for gold in left)
        self._solve(step, start)
        return self._known(step, start)

    def _solve(self, step: int, start: _State) -> None:
        """Collect the states that `start` depends on, step by step, then settle them from the last step back."""
        layers = [self._unknown(step, [start])]
        while layers[-1]:
            at = step + len(layers) - 1
            reached = (rest for state in layers[-1] for _, rest in self._moves(at, state))
            layers.append(self._unknown(at + 1, reached))
            self._check_size(len(self._fronts) + sum(map(len, layers)))
        for at, layer in reversed(list(enumerate(layers, start=step))):
            for state in layer:
                self._fronts[at, state] = _pareto(
                    _add(credit, more) for credit, rest in self._moves(at, state) for more in self._known(at + 1, rest)
                )

    def _known(self, step: int, state: _State) -> _Front:
        return self._fronts[step, state] if state else (_NOTHING,)

    def _unknown(self, step: int, states: Iterable[_State]) -> set[_State]:
        return {state for state in states if state and (step, state) not in self._fronts}

    def _moves(self, step: int, state: _State) -> Iterator[tuple[Credit, _State]]:
        """What the predicted template of this step can do: stay unmapped, or take one gold template of some kind."""
        kinds = self._kinds[step]
        yield _NOTHING, _state(kinds[kind][1] for kind in state)
        for position, kind in enumerate(state):
            credit = kinds[kind][0]
            if credit != _NOTHING and kind not in state[:position]:
                others = state[:position] + state[position + 1 :]
                yield credit, _state(kinds[other][1] for other in others)

    def _check_size(self, states: int) -> None:
        if states > self._max_states:
            raise TooManyMappingsError(
                f"GTT F1: a text with {self._steps} predicted and {len(self._kind_of[0])} gold templates needs more "
                f"than {self._max_states} search states; remove repeated predictions or leave the text out"
            )


def _kinds(pair_credits: Sequence[Sequence[Credit]]) -> tuple[list[list[int]], list[list[tuple[Credit, int]]]]:
    """Number the gold templates at each step so that those with equal credits from there on share a number.

    Returns:
        For each step 0 … K the kind of each gold template, and for each step 0 … K-1 and kind its credit at this
        step and its kind at the next. Kind 0 earns nothing any more.
    """
    width = len(pair_credits[0]) if pair_credits else 0
    kind_of = [[0] * width]
    kinds: list[list[tuple[Credit, int]]] = []
    for row in reversed(pair_credits):
        numbers = {(_NOTHING, 0): 0}
        kind_of.append([numbers.setdefault(key, len(numbers)) for key in zip(row, kind_of[-1], strict=True)])
        kinds.append(list(numbers))
    return kind_of[::-1], kinds[::-1]


def _state(kinds: Iterable[int]) -> _State:
    return tuple(sorted(kind for kind in kinds if kind))


def _add(one: Credit, other: Credit) -> Credit:
    return one[0] + other[0], one[1] + other[1]


def _pareto(candidates: Iterable[Credit]) -> _Front:
    """Keep the credits that no other one equals or exceeds in both numbers, by descending first number."""
    front: list[Credit] = []
    for credit in sorted(set(candidates), reverse=True):
        if not front or credit[1] > front[-1][1]:
            front.append(credit)
    return tuple(front)
