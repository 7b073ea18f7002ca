"""Whatever the text and the values: offsets in range, exact means exact, folding maps back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding import ground
from extractor.grounding.dates import find_dates
from extractor.grounding.folding import Index, fold_character, squeeze
from extractor.grounding.numbers import find_numbers
from extractor.grounding.search import find_name, find_quote
from extractor.schemas import load_schema

CONFLICT = load_schema()
TROUBLE = (
    "aAbBsSkK ß ẞ İ ı ﬁ ﬃ Ǆ ǅ ½ … ² Ⅷ ſ é e\u0301 ö o\u0308"
    " \u00ad \u200b \ufeff ’ ' “ \" – - — \u00a0 \n 1 7 , . K 서 ب 𝐊 \ud800 seven no"
)
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from([*TROUBLE, *TROUBLE.split()]), max_size=40).map("".join),
)
counts = st.integers(0, 130).flatmap(
    lambda low: st.sampled_from([{"min": low, "max": low}, {"min": low, "max": None}, {"min": low, "max": low + 7}])
)


@st.composite
def texts_with_slices(draw: st.DrawFn) -> tuple[str, str]:
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    return text, text[start : draw(st.integers(start, len(text)))]


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A text and events whose values are slices of it or anything else."""
    text = draw(texts)

    def value() -> str:
        start = draw(st.integers(0, len(text)))
        return draw(st.one_of(texts, st.just(text[start : start + draw(st.integers(0, 20))])))

    events = [
        {
            "date": {
                "text": value(),
                "value": draw(st.sampled_from(["2021-03-03", "XXXX-12", "2019/2020", "nonsense"])),
            },
            "locations": [{"site": value(), "settlement": value()}],
            "munitions": [{"type": "rocket", "name": value(), "fired": draw(counts)}],
            "casualties": [{"effect": "killed", "count": draw(counts), "names": [value()]} for _ in range(2)],
            "evidence": [value(), value()],
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    return text, events


@given(texts)
def test_folding_a_text_is_folding_its_characters(text: str) -> None:
    index = Index(text)
    folded = "".join(map(fold_character, text)).lower()
    assert index.squeezed == squeeze(text)
    assert index.squeezed == "".join(c for c in folded if not (c in "-'`\"" or c.isspace()))


@given(texts)
def test_every_folded_character_maps_back_to_the_one_it_came_from(text: str) -> None:
    index = Index(text)
    assert len(index.plain) == len(text)
    assert len(index.offsets) == len(index.squeezed)
    assert index.offsets == sorted(index.offsets)
    for folded, place in zip(index.squeezed, index.offsets, strict=True):
        assert folded in fold_character(text[place]).lower()


@given(articles())
def test_every_span_is_in_range_and_exact_means_exact(article: tuple[str, list[dict[str, Any]]]) -> None:
    text, events = article
    for span in ground(text, events, CONFLICT):
        if span.status == "ungrounded":
            assert (span.start, span.end) == (None, None)
            continue
        assert span.start is not None
        assert span.end is not None
        assert 0 <= span.start < span.end <= len(text)
        value: Any = {"events": events}
        for part in span.path.split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        if span.status == "exact":
            written = str(value["min"] if isinstance(value, dict) else value)
            assert text[span.start : span.end] == written
        elif span.status == "folded" and isinstance(value, str) and not span.path.endswith("date.value"):
            bare = squeeze(text[span.start : span.end]).replace(".", "")
            assert bare == squeeze(value).replace(".", "")


@given(articles())
def test_the_same_article_gives_the_same_spans(article: tuple[str, list[dict[str, Any]]]) -> None:
    text, events = article
    turned = [dict(reversed(event.items())) for event in events]
    assert ground(text, events, CONFLICT) == ground(text, turned, CONFLICT)


@given(texts_with_slices())
def test_places_are_whole_characters_of_the_text(case: tuple[str, str]) -> None:
    text, value = case
    for place in (*find_name(Index(text), value), *find_quote(Index(text), value)):
        found = text[place.start : place.end]
        assert squeeze(found).replace(".", "") == squeeze(value).replace(".", "")
        assert (place.status == "exact") <= (found == value)


@given(texts)
def test_a_quote_between_two_words_is_found_where_it_is(text: str) -> None:
    article = f"before {text} after"
    quote = text.strip()
    start = len("before ") + len(text) - len(text.lstrip())
    if squeeze(quote) and fold_character(quote[0]) and fold_character(quote[-1]):
        assert start in [place.start for place in find_quote(Index(article), quote)]


@given(texts)
def test_numbers_and_dates_are_in_range_and_in_order(text: str) -> None:
    index = Index(text)
    for mentions in find_numbers(index).values():
        assert mentions == sorted(mentions)
        assert all(0 <= mention.start < mention.end <= len(text) for mention in mentions)
    assert all(0 <= found.start < found.end <= len(text) for found in find_dates(index))
