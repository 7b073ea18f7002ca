"""Two labellers of the same articles: how far they agree, and on what it is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.agreement import Agreement, agreement
from evals.counts import Counts, Scorer
from evals.gold import GoldArticle, GoldError, read_gold
from extractor.records import Article
from extractor.schemas import load_schema

SCHEMA = load_schema()
SCORER = Scorer(SCHEMA)
TYPES = ("bombing_ied", "armed_clash", "protest", "abduction")
ROOT = Path(__file__).resolve().parents[2]


def event(number: int, **values: Any) -> dict[str, Any]:
    """An event whose quote alone says which it is, so that labellers are paired whatever else they say."""
    given = {"role": "main", "event_type": "bombing_ied", "evidence": [f"a blast shook ward {number} of the port"]}
    return SCHEMA.finish(SCHEMA.event.model_validate(given | values), number)


def labelled(name: str, *events: dict[str, Any], **others: Any) -> GoldArticle:
    return GoldArticle(Article(name, "text"), Path(f"{name}.json"), events=events, **others)


def agree(first: list[GoldArticle], second: list[GoldArticle]) -> Agreement:
    return agreement(first, second, SCORER)


def column(found: Agreement, name: str) -> Counts:
    names = [one.name for one in SCORER.columns]
    return found.scores.tallies.all.counts(names.index(name))


def test_the_same_labels_agree_wholly() -> None:
    both = [labelled("a", event(0), event(1, event_type="protest")), labelled("b")]
    found = agree(both, both)
    assert found.scores.tallies.all.events == Counts(correct=2)
    assert found.alphas()["event_type"] == (1.0, 2)
    assert found.alphas()["role"] == (None, 2), "all values are the same: chance would agree as well"


def test_alpha_is_that_of_the_textbook() -> None:
    # Two labellers, ten things, two values (Krippendorff 2011, Computing Krippendorff's alpha-reliability, sec. A).
    first, second = "0100000000", "1110010010"
    sure, other = "armed_clash", "protest"
    pairs = zip(first, second, strict=True)
    names = {"0": sure, "1": other}
    articles = [
        (labelled(f"a{i}", event(i, event_type=names[a])), labelled(f"a{i}", event(i, event_type=names[b])))
        for i, (a, b) in enumerate(pairs)
    ]
    value, units = agree([a for a, _ in articles], [b for _, b in articles]).alphas()["event_type"]
    assert units == 10
    assert value == pytest.approx(0.095, abs=0.001)


def test_a_flag_is_an_enumeration_and_a_count_is_none() -> None:
    first = [labelled("a", event(0, property_damage=True)), labelled("b", event(1, property_damage=False))]
    alphas = agree(first, first).alphas()
    assert alphas["property_damage"] == (1.0, 2)
    assert not [name for name in alphas if "hedge" in name or "total" in name]


def test_a_value_that_one_labeller_alone_has_counts_in_f1_and_not_in_alpha() -> None:
    found = agree([labelled("a", event(0, property_damage=True))], [labelled("a", event(0))])
    assert column(found, "property_damage") == Counts(missing=1)
    assert "property_damage" not in found.alphas()


@pytest.mark.parametrize("swapped", [False, True])
def test_an_event_that_either_labeller_calls_optional_is_not_counted(swapped: bool) -> None:
    sure, unsure = labelled("a", event(0), event(1)), labelled("a", event(0), optional=(event(1), event(2)))
    first, second = (unsure, sure) if swapped else (sure, unsure)
    found = agree([first], [second])
    assert found.scores.tallies.all.events == Counts(correct=1)


def test_accepted_alternatives_do_not_count_as_agreement() -> None:
    lenient = labelled("a", event(0), accept={"events.0.event_type": ["protest"]})
    found = agree([lenient], [labelled("a", event(0, event_type="protest"))])
    assert column(found, "event_type") == Counts(incorrect=1)


def test_articles_of_one_labeller_alone_are_named_and_left_out() -> None:
    found = agree(
        [labelled("a", event(0)), labelled("b", event(1))], [labelled("c", event(2)), labelled("a", event(0))]
    )
    assert (found.only_first, found.only_second) == (["b"], ["c"])
    assert found.scores.tallies.all.events == Counts(correct=1)
    assert [article.id for article in found.articles] == ["a"]


def test_labels_of_another_text_are_refused() -> None:
    other = GoldArticle(Article("a", "another text"), Path("b/a.json"), events=())
    with pytest.raises(GoldError, match="not the same text"):
        agree([labelled("a")], [other])
    with pytest.raises(GoldError, match="no article in common"):
        agree([labelled("a")], [labelled("b")])


EVENTS = st.lists(
    st.builds(
        event,
        st.integers(0, 3),
        event_type=st.sampled_from(TYPES),
        property_damage=st.sampled_from([None, True, False]),
    ),
    max_size=4,
)


@settings(deadline=None)  # the first example loads SciPy
@given(st.lists(st.tuples(EVENTS, EVENTS), min_size=1, max_size=4))
def test_it_does_not_matter_who_is_first(articles: list[tuple[list[Any], list[Any]]]) -> None:
    first = [labelled(f"a{i}", *events) for i, (events, _) in enumerate(articles)]
    second = [labelled(f"a{i}", *events) for i, (_, events) in enumerate(articles)]
    forth, back = agree(first, second), agree(second, first)
    for name in (one.name for one in SCORER.columns):
        there, here = column(forth, name), column(back, name)
        assert there.figures().f1 == here.figures().f1
        assert (there.missing, there.spurious) == (here.spurious, here.missing)
    for name, (value, units) in forth.alphas().items():
        mirrored, mirrored_units = back.alphas()[name]
        assert mirrored_units == units
        assert mirrored == pytest.approx(value)


def test_our_own_two_readings_agree_well() -> None:
    first, second = (read_gold(ROOT / "gold/readings/conflict" / name, SCHEMA) for name in ("first", "second"))
    found = agree(first, second)
    f1 = found.scores.tallies.all.tier(SCORER.columns, 1).figures().f1
    assert f1 is not None
    assert f1 > 0.9
    value, units = found.alphas()["event_type"]
    assert units > 20
    assert value is not None
    assert value > 0.8
