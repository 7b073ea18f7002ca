from collections.abc import Callable

import pytest
from hypothesis import given, settings

from evals.literature.ceaf_rme import phi3, phi_subset, score_phi3, score_phi_subset
from evals.literature.precision_recall import PrecisionRecall
from evals.literature.templates import Template
from tests.evals.literature.building import template, templates

Metric = Callable[[list[Template], list[Template]], PrecisionRecall]


def test_phi3_counts_shared_mentions_of_the_best_assignment() -> None:
    gold = [template("attack", PerpInd=[["guard", "sentry"], ["cook"]], Target=[["mill"]])]
    predicted = [
        template("attack", PerpInd=[["Guard", "the sentry", "scout"]], Target=[["bridge"]]),
        template("attack", PerpInd=[["cook"]]),
    ]
    # The first template shares 2 mentions, the second 1, and only one of them can be assigned.
    assert phi3(gold, predicted) == PrecisionRecall(p_num=2, p_den=5, r_num=2, r_den=4)


def test_phi3_counts_a_repeated_mention_each_time_and_assigns_entities_one_to_one() -> None:
    gold = [template("attack", PerpInd=[["guard", "sentry"]])]
    predicted = [template("attack", PerpInd=[["guard", "Guard"], ["sentry"]])]
    assert phi3(gold, predicted) == PrecisionRecall(p_num=2, p_den=3, r_num=2, r_den=2)


def test_phi_subset_counts_entities_that_reach_and_entities_reached() -> None:
    gold = [template("attack", PerpInd=[["guard", "sentry"], ["cook"]], Target=[["mill"]])]
    predicted = [template("attack", PerpInd=[["guard"], ["scout", "sentry"], ["baker"]], Target=[["mill"]])]
    assert phi_subset(gold, predicted) == PrecisionRecall(p_num=3, p_den=4, r_num=2, r_den=3)


def test_phi_subset_follows_the_first_mention_found_to_the_first_entity_that_holds_it() -> None:
    gold = [template("attack", PerpInd=[["guard"], ["sentry", "guard"]])]
    assert phi_subset(gold, [template("attack", PerpInd=[["sentry", "guard"], ["guard"]])]).r_num == 2
    assert phi_subset(gold, [template("attack", PerpInd=[["guard", "sentry"], ["guard"]])]).r_num == 1


@pytest.mark.parametrize("metric", [phi3, phi_subset])
def test_type_and_role_are_part_of_a_mention(metric: Metric) -> None:
    gold = [template("attack", PerpInd=[["guard"]])]
    assert metric(gold, [template("tack", PerpInd=[["guard"]])]) == PrecisionRecall(0, 1, 0, 1)
    assert metric(gold, [template("attack", Victim=[["guard"]])]) == PrecisionRecall(0, 1, 0, 1)
    assert metric(gold, [template("attack", PerpInd=[["guard"]])]) == PrecisionRecall(1, 1, 1, 1)


def test_only_the_best_copy_of_a_two_type_template_scores() -> None:
    gold = [template("attack / bombing", Target=[["mill"], ["bridge"]])]
    predicted = [template("attack", Target=[["mill"]]), template("bombing", Target=[["mill"], ["bridge"]])]
    assert phi3(gold, predicted) == PrecisionRecall(p_num=2, p_den=3, r_num=2, r_den=4)  # r_den counts both copies
    assert phi_subset(gold, predicted) == PrecisionRecall(p_num=2, p_den=3, r_num=2, r_den=2)  # r_den counts none


def test_of_equal_copies_the_first_scores() -> None:
    predicted = [
        template("attack", Target=[["mill"]]),
        template("attack", Target=[["bridge"]]),
        template("bombing", Target=[["mill"], ["bridge"]]),
    ]
    # Both copies sum to 2 over all predictions; assigned, the attack copy earns 1 and the bombing copy 2.
    for metric in (phi3, phi_subset):
        assert metric([template("attack / bombing", Target=[["mill"], ["bridge"]])], predicted).p_num == 1
        assert metric([template("bombing / attack", Target=[["mill"], ["bridge"]])], predicted).p_num == 2


def test_the_best_copy_is_chosen_over_all_predictions_even_where_the_other_would_assign_better() -> None:
    gold = [template("attack / bombing", Target=[["mill"], ["bridge"], ["depot"]])]
    predicted = [
        template("attack", Target=[["mill"], ["bridge"]]),
        template("attack", Target=[["mill"], ["depot"]]),
        template("bombing", Target=[["mill"], ["bridge"], ["depot"]]),
    ]
    assert phi3(gold, predicted).p_num == 2  # attack sums to 4 and wins over bombing with 3


def test_a_two_type_prediction_of_a_two_type_template_earns_nothing() -> None:
    both = [template("attack / bombing", Target=[["mill"]])]
    assert phi3(both, both) == PrecisionRecall(0, 1, 0, 2)
    assert phi_subset(both, both) == PrecisionRecall(0, 1, 0, 1)


def test_copies_are_made_only_if_anything_was_predicted_even_without_fillers() -> None:
    gold = [template("attack / bombing", Target=[["mill"]])]
    assert phi3(gold, []) == PrecisionRecall(0, 0, 0, 1)
    assert phi3(gold, [template("arson")]) == PrecisionRecall(0, 0, 0, 2)
    assert phi_subset(gold, [template("arson")]) == PrecisionRecall(0, 0, 0, 1)


def test_gold_is_deduplicated_and_predictions_are_not() -> None:
    twice = [template("arson", Target=[["mill"]])] * 2
    assert phi3(twice, twice) == phi_subset(twice, twice) == PrecisionRecall(1, 2, 1, 1)


def test_templates_without_fillers_and_empty_texts_count_nothing() -> None:
    assert score_phi3([([], []), ([template("attack / arson")], [template("arson")])]) == PrecisionRecall()
    assert score_phi_subset([([], []), ([template("arson")], [])]) == PrecisionRecall()


@given(templates(max_size=4), templates(max_size=4))
@settings(deadline=None)
def test_numerators_never_exceed_what_there_is(gold: list[Template], predicted: list[Template]) -> None:
    for counts in (phi3(gold, predicted), phi_subset(gold, predicted)):
        assert 0 <= counts.p_num <= counts.p_den
        assert counts.p_den == 0 or counts.r_num <= counts.p_num
    assert phi_subset(gold, predicted).r_num <= phi_subset(gold, predicted).r_den


@given(templates(max_size=4))
@settings(deadline=None)
def test_phi3_finds_all_of_single_type_gold_in_itself(gold: list[Template]) -> None:
    single = [one for one in dict.fromkeys(gold) if "/" not in one.incident_type]
    counts = phi3(single, single)
    assert counts.p_num == counts.r_den
