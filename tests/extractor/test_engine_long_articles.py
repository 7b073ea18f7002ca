"""Articles beyond the context window: cut at borders, read in pieces, put together, grounded in the whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.cache import ResponseCache
from extractor.engine.pieces import cut, merge
from extractor.engine.tokens import guess_message_tokens
from extractor.records import Article
from tests.extractor.extraction_cases import EVENT, PROMPT, SCHEMA, Outcome, extracted, loopback_backend
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

QUOTES = [f"a mortar round number {n} hit the mill at Orsk{n:03d}" for n in range(40)]
FILLER = "The council met again and nothing else was decided, residents said. " * 6
LONG = Article("long", "\n\n".join(f"{FILLER}\nOn Monday {quote}, police said." for quote in QUOTES))


def reader(limit: int) -> Any:
    """A model that reads `limit` characters of an article and finds every event in them."""

    def answer(body: dict[str, Any]) -> Any:
        text = last_user(body)
        if len(text) > limit:
            return replies.context_overflow(limit)
        return {"events": [{**EVENT, "role": "background", "evidence": [q]} for q in QUOTES if q in text]}

    return answer


def quotes(outcome: Outcome) -> list[str]:
    return [event["evidence"][0] for event in outcome.extraction.events]


@pytest.mark.parametrize("limit", [2500, 6000, 13000])
def test_an_article_that_is_too_long_is_read_in_pieces_with_offsets_of_the_whole(
    loopback: LoopbackServer, limit: int
) -> None:
    loopback.answer = reader(limit)
    outcome = extracted(loopback, [LONG])
    assert quotes(outcome) == QUOTES, "each once, in order, though pieces overlap"
    spans = {span.path: span for span in outcome.extraction.spans}
    for number, quote in enumerate(QUOTES):
        span = spans[f"events.{number}.evidence.0"]
        assert span.status == "exact"
        assert LONG.text[span.start : span.end] == quote
    [problem] = outcome.extraction.problems
    assert problem.kind == "read_in_pieces"
    assert outcome.extraction.events[-1]["id"] == "e40"


def test_a_known_context_window_cuts_before_anything_is_refused(loopback: LoopbackServer) -> None:
    loopback.answer = reader(10**9)
    backend = loopback_backend(loopback)
    needed = guess_message_tokens(PROMPT.render(LONG, SCHEMA)) + PROMPT.parameters.max_tokens
    backend.capabilities = replace(backend.capabilities, context_window=needed - 2500)
    outcome = extracted(backend, [LONG])
    assert quotes(outcome) == QUOTES
    lengths = [len(last_user(seen.body)) for seen in loopback.requests]
    assert len(lengths) >= 2
    assert max(lengths) < len(LONG.text) * 0.8


def test_an_article_that_fits_is_not_cut(loopback: LoopbackServer) -> None:
    loopback.answer = reader(10**9)
    backend = loopback_backend(loopback)
    backend.capabilities = replace(backend.capabilities, context_window=128_000)
    assert quotes(extracted(backend, [LONG])) == QUOTES
    assert loopback.count == 1


@pytest.mark.parametrize("window", [None, 50, 5000])
def test_a_prompt_that_does_not_fit_by_itself_ends_as_what_it_is(loopback: LoopbackServer, window: int | None) -> None:
    loopback.answer = replies.context_overflow()
    backend = loopback_backend(loopback)
    backend.capabilities = replace(backend.capabilities, context_window=window)
    failure = extracted(backend, [LONG]).failure
    assert failure.kind == "context_overflow"
    assert loopback.count <= 10, "the first piece of each size, not all of them"


def test_a_piece_that_fails_fails_the_article_and_the_others_are_not_paid_again(
    loopback: LoopbackServer, tmp_path: Any
) -> None:
    read = reader(6000)
    loopback.answer = lambda body: replies.refusal() if QUOTES[39] in last_user(body) else read(body)
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        # the refusal is of the whole first: it holds the last quote as well
        loopback.script(replies.context_overflow())
        assert extracted(loopback, [LONG], cache=cache).failure.kind == "refusal"
        asked = loopback.count
        loopback.answer = read
        assert quotes(extracted(loopback, [LONG], cache=cache)) == QUOTES
    assert loopback.count - asked < asked


def test_invalid_answers_of_a_piece_are_asked_for_again_there(loopback: LoopbackServer) -> None:
    read = reader(13000)
    wrong = {"events": [1]}
    given: list[int] = []

    def sometimes_wrong(body: dict[str, Any]) -> Any:
        if len(body["messages"]) > 2:
            given.append(1)
            return read({"messages": [body["messages"][1]]})
        answer = read(body)
        return answer if isinstance(answer, replies.Reply) else wrong

    loopback.answer = sometimes_wrong
    outcome = extracted(loopback, [LONG])
    assert quotes(outcome) == QUOTES
    assert outcome.totals.spent.reask.requests == len(given) >= 2


@given(st.text(alphabet=st.sampled_from("ab. \n"), max_size=600), st.integers(8, 200))
def test_pieces_cover_the_text_in_order_overlap_and_keep_to_their_size(text: str, size: int) -> None:
    places = cut(text, size)
    assert places[0][0] == 0
    assert places[-1][1] == len(text)
    assert all(end - start <= size for start, end in places)
    for (first, end), (start, last) in pairwise(places):
        assert first < start <= end <= last


@given(st.integers(3, 40), st.integers(60, 200))
def test_cuts_are_between_paragraphs_where_there_are_any(count: int, width: int) -> None:
    paragraphs = ["x" * width] * count
    text = "\n\n".join(paragraphs)
    for _, end in cut(text, 4 * width)[:-1]:
        assert text[:end].endswith("\n\n")


def event(**values: Any) -> Any:
    return SCHEMA.event.model_validate({**EVENT, **values})


def test_two_reports_of_one_event_become_the_fuller_one_with_the_quotes_of_both() -> None:
    poor = event(evidence=["They shelled the  depot", "two died"])
    full = event(evidence=["they shelled the depot"], role="main", date={"value": "2021-05-03", "text": "3 May 2021"})
    other = event(evidence=["a school was hit"], event_type="bombing_ied")
    [first, second] = merge([[poor], [full, other]], SCHEMA)
    assert first.model_dump()["date"]["value"] == "2021-05-03"
    assert first.model_dump()["evidence"] == ["they shelled the depot", "two died"]
    assert second == other


def test_events_of_one_piece_are_never_put_together() -> None:
    twice = [event(evidence=["both of them"]), event(evidence=["both of them"], event_type="bombing_ied")]
    assert list(merge([twice], SCHEMA)) == twice
