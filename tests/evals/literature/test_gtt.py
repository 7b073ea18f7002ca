from itertools import product

import pytest
from hypothesis import given, settings

from evals.literature import gtt
from evals.literature.normalize import mention_set
from evals.literature.precision_recall import PrecisionRecall, pool
from evals.literature.templates import Role, Template, without_duplicates
from tests.evals.literature.building import template, templates


def test_a_text_worked_by_hand() -> None:
    gold = [
        template("attack / bombing", PerpInd=[["guard", "sentry"]], Target=[["mill"], ["bridge"]]),
        template("arson", Target=[["depot"]]),
    ]
    predicted = [
        template("bombing", PerpInd=[["The guard"], ["sentry"], ["cook"]], Target=[["mill", "bridge"]]),
        template("kidnapping", Victim=[["miller"]]),
    ]
    assert gtt.score_text(gold, predicted) == {
        "incident_type": PrecisionRecall(p_num=1, p_den=2, r_num=1, r_den=2),
        "PerpInd": PrecisionRecall(p_num=2, p_den=3, r_num=1, r_den=1),  # two predictions hit one gold entity
        "PerpOrg": PrecisionRecall(),
        "Target": PrecisionRecall(p_num=0, p_den=1, r_num=0, r_den=3),  # no gold entity holds both mentions
        "Victim": PrecisionRecall(p_num=0, p_den=1, r_num=0, r_den=0),
        "Weapon": PrecisionRecall(),
    }


@pytest.mark.parametrize(
    ("predicted_type", "gold_type", "aligned"),
    [
        ("attack", "attack / bombing", 1),
        ("bombing", "attack / bombing", 1),
        ("attack / bombing", "attack", 0),
        ("attack / bombing", "bombing / attack", 0),
        ("tack", "attack", 1),  # any fragment does
        ("Attack", "attack", 0),  # types are not normalised
    ],
)
def test_types_align_if_the_predicted_one_is_within_the_gold_one(
    predicted_type: str, gold_type: str, aligned: int
) -> None:
    counts = gtt.score_text([template(gold_type)], [template(predicted_type)])
    assert counts["incident_type"] == PrecisionRecall(aligned, 1, aligned, 1)


def test_gold_is_deduplicated_and_predictions_are_not() -> None:
    twice = [template("arson", Target=[["mill"]])] * 2
    counts = gtt.score_text(twice, twice)
    assert counts["incident_type"] == PrecisionRecall(1, 2, 1, 1)
    assert counts["Target"] == PrecisionRecall(1, 2, 1, 1)


def test_of_two_mappings_with_the_same_f_the_first_gives_the_counts() -> None:
    gold = [template("attack", Target=[["mill"]], Weapon=[["torch"]])]
    by_weapon = template("attack", Target=[["bridge"]], Weapon=[["torch"]])
    by_target = template("attack", Target=[["mill"]], Weapon=[["lamp"]])
    assert gtt.score_text(gold, [by_weapon, by_target])["Weapon"].p_num == 1
    assert gtt.score_text(gold, [by_target, by_weapon])["Weapon"].p_num == 0


def test_empty_sides() -> None:
    arson = [template("arson", Target=[["mill"]])]
    assert pool(gtt.score_text([], []).values()) == PrecisionRecall()
    assert pool(gtt.score_text(arson, []).values()) == PrecisionRecall(0, 0, 0, 2)
    assert pool(gtt.score_text([], arson).values()) == PrecisionRecall(0, 2, 0, 0)


def test_texts_are_pooled_with_micro_last() -> None:
    arson = [template("arson", Target=[["mill"]])]
    counts = gtt.score([(arson, arson), (arson, []), ([], [])])
    assert list(counts) == [*gtt.SLOTS, "micro"]
    assert counts["micro"] == PrecisionRecall(2, 2, 2, 4)


def counts_under(
    mapping: tuple[int | None, ...], gold: tuple[Template, ...], predicted: list[Template]
) -> dict[str, PrecisionRecall]:
    """The definition taken word by word: for each template, aligned or not, what it adds to each slot."""
    counts = dict.fromkeys(gtt.SLOTS, PrecisionRecall())
    aligned = {
        i: j for i, j in enumerate(mapping) if j is not None and predicted[i].incident_type in gold[j].incident_type
    }
    for i, j in aligned.items():
        counts["incident_type"] += PrecisionRecall(1, 1, 1, 1)
        for role in Role:
            given_sets = [mention_set(entity) for entity in predicted[i].extracts[role]]
            gold_sets = [mention_set(entity) for entity in gold[j].extracts[role]]
            counts[role] += PrecisionRecall(
                sum(any(e <= g for g in gold_sets) for e in given_sets),
                len(given_sets),
                sum(any(e <= g for e in given_sets) for g in gold_sets),
                len(gold_sets),
            )
    for i in set(range(len(predicted))) - set(aligned):
        counts["incident_type"] += PrecisionRecall(p_den=1)
        for role in Role:
            counts[role] += PrecisionRecall(p_den=len(predicted[i].extracts[role]))
    for j in set(range(len(gold))) - set(aligned.values()):
        counts["incident_type"] += PrecisionRecall(r_den=1)
        for role in Role:
            counts[role] += PrecisionRecall(r_den=len(gold[j].extracts[role]))
    return counts


@given(templates(max_size=4), templates(max_size=4))
@settings(max_examples=300, deadline=None)
def test_agrees_with_trying_every_mapping_in_order(gold: list[Template], predicted: list[Template]) -> None:
    distinct = without_duplicates(gold)
    best, highest = {}, -1.0
    for mapping in product((*range(len(distinct)), None), repeat=len(predicted)):
        used = [choice for choice in mapping if choice is not None]
        if len(set(used)) == len(used):
            counts = counts_under(mapping, distinct, predicted)
            value = pool(counts.values()).f1
            if value > highest:
                best, highest = counts, value
    assert gtt.score_text(gold, predicted) == best
