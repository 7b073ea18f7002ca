import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.literature.normalize import mention_set, normalize
from tests.evals.literature.building import extracts


@pytest.mark.parametrize(
    ("mention", "folded"),
    [
        ("The Harbour Office", "harbour office"),
        ("pro-castle", "procastle"),  # punctuation leaves no space
        ("the-mill", "themill"),  # so an article can grow into a word, and then stays
        ("a.", ""),
        ("an  old\tthe\nmill", "old mill"),
        ("theatre anthem", "theatre anthem"),  # whole words only
        ("“Lantern”", "“lantern”"),  # ASCII punctuation only
        ("", ""),
    ],
)
def test_folds_case_punctuation_articles_and_space_in_this_order(mention: str, folded: str) -> None:
    assert normalize(mention) == folded


@given(st.text(alphabet=string.printable))
def test_the_folded_form_has_no_punctuation_no_article_and_single_inner_spaces(mention: str) -> None:
    folded = normalize(mention)
    assert not set(folded) & set(string.punctuation)
    assert not {"a", "an", "the"} & set(folded.split())
    assert folded == " ".join(folded.split())
    assert normalize(folded) == folded


def test_mentions_that_fold_alike_are_one() -> None:
    (entity,) = extracts(Weapon=[["the rifle", "Rifle", "carbine"]]).weapon
    assert mention_set(entity) == {"rifle", "carbine"}
