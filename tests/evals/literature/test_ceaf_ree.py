from evals.literature import ceaf_ree
from evals.literature.precision_recall import PrecisionRecall
from evals.literature.templates import Extracts
from tests.evals.literature.building import extracts


def test_a_prediction_fits_if_all_its_mentions_are_gold_mentions() -> None:
    gold = extracts(Target=[["the mill", "old mill"], ["bridge"]])
    predicted = extracts(Target=[["Mill", "old mill"], ["bridge", "river bridge"], ["depot"]])
    counts = ceaf_ree.score_text(gold, predicted)
    assert counts["Target"] == PrecisionRecall(p_num=1, p_den=3, r_num=1, r_den=2)
    assert counts["Victim"] == PrecisionRecall()


def test_entities_are_matched_one_to_one_so_repeats_cost_precision() -> None:
    gold = extracts(PerpInd=[["guard", "sentry"]])
    predicted = extracts(PerpInd=[["guard"], ["sentry"], ["guard"]])
    assert ceaf_ree.score_text(gold, predicted)["PerpInd"] == PrecisionRecall(1, 3, 1, 1)


def test_the_assignment_is_optimal_and_not_first_come_first_served() -> None:
    gold = extracts(Weapon=[["torch", "lamp"], ["torch"]])
    predicted = extracts(Weapon=[["torch"], ["lamp"]])
    assert ceaf_ree.score_text(gold, predicted)["Weapon"] == PrecisionRecall(2, 2, 2, 2)


def test_roles_do_not_lend_entities_to_each_other() -> None:
    counts = ceaf_ree.score_text(extracts(PerpInd=[["guard"]]), extracts(Victim=[["guard"]]))
    assert counts["PerpInd"] == PrecisionRecall(0, 0, 0, 1)
    assert counts["Victim"] == PrecisionRecall(0, 1, 0, 0)


def test_a_mention_of_articles_and_punctuation_only_is_a_mention_like_any_other() -> None:
    assert ceaf_ree.score_text(extracts(Victim=[["The"]]), extracts(Victim=[["..."]]))["Victim"].f1 == 1.0


def test_texts_are_pooled_and_an_empty_text_changes_nothing() -> None:
    texts = [
        (extracts(Target=[["mill"]]), extracts(Target=[["mill"]], Victim=[["miller"]])),
        (extracts(Target=[["bridge"]]), Extracts()),
        (Extracts(), Extracts()),
    ]
    counts = ceaf_ree.score(texts)
    assert list(counts) == ["PerpInd", "PerpOrg", "Target", "Victim", "Weapon", "micro"]
    assert counts["Target"] == PrecisionRecall(1, 1, 1, 2)
    assert counts["micro"] == PrecisionRecall(1, 2, 1, 2)
