"""Estimates before anything is paid: what is counted, what is guessed, and that it says which."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.backends import open_backend
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.cache import ResponseCache
from extractor.engine import Estimate, Options, estimate
from extractor.engine.tokens import guess_tokens
from extractor.errors import ArticleError
from extractor.records import Article
from tests.extractor.extraction_cases import GOOD, PROMPT, SCHEMA, TEXT, article, articles, extracted, loopback_backend
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

PRICE = TokenPrice(2.0, 8.0)


def tokenised(text: str) -> list[str]:
    """A tokeniser of the tests' own, far from the guess: pieces of three characters of each word, and each blank."""
    return re.findall(r"\s|\S{1,3}", text)


def serve_llama_cpp(server: LoopbackServer) -> None:
    """Count tokens as llama.cpp's server does, and report the same in answers."""

    def template(messages: list[dict[str, str]]) -> str:
        return "".join(f"<|{message['role']}|>\n{message['content']}<|end|>\n" for message in messages)

    def answered(body: dict[str, Any]) -> Any:
        read = len(tokenised(template(body["messages"])))
        return replies.answer(GOOD, usage={"prompt_tokens": read, "completion_tokens": 40, "total_tokens": read + 40})

    server.pages["/apply-template"] = lambda body: {"prompt": template(body["messages"])}
    server.pages["/tokenize"] = lambda body: {"tokens": list(range(len(tokenised(body.get("content", "")))))}
    server.answer = answered


def estimated(
    server: LoopbackServer, items: Iterable[Article | ArticleError], *, price: TokenPrice | None = PRICE, **how: Any
) -> Estimate:
    backend = loopback_backend(server)
    backend.capabilities = replace(backend.capabilities, terms=Terms(price=price))

    async def work() -> Estimate:
        try:
            return await estimate(items, backend=backend, prompt=PROMPT, schema=SCHEMA, **how)
        finally:
            await backend.aclose()

    return asyncio.run(work())


def fifty() -> list[Article]:
    return [Article(f"a{n}", f"{TEXT} {'Shelling went on in the hills. ' * (n * 7 % 40)}") for n in range(50)]


def test_input_is_within_a_tenth_of_what_the_server_reports(loopback: LoopbackServer) -> None:
    serve_llama_cpp(loopback)
    found = estimated(loopback, fifty())
    assert loopback.count == 0, "nothing was asked for"
    reported = extracted(loopback, fifty()).totals.spent.first
    assert found.input_tokens == pytest.approx(reported.input_tokens, rel=0.01)
    assert found.input_tokens + found.output_tokens == pytest.approx(
        reported.input_tokens + reported.output_tokens, rel=0.1
    )
    assert found.notes[0] == "input: 50 requests counted by the server's own tokeniser, of all requests"


def test_of_many_articles_a_sample_is_counted(loopback: LoopbackServer) -> None:
    serve_llama_cpp(loopback)
    many = [replace(each, id=f"{each.id}-{n}") for n in range(10) for each in fifty()]
    found = estimated(loopback, many)
    counted = sum(seen.path == "/apply-template" for seen in loopback.page_requests)
    assert counted == 200 + 300 // 20
    assert found.input_tokens == pytest.approx(estimated(loopback, fifty()).input_tokens * 10, rel=0.02)


def test_vllm_counts_messages_in_one_request(loopback: LoopbackServer) -> None:
    loopback.pages["/tokenize"] = lambda body: {"count": 1000 * len(body["messages"]), "tokens": []}
    assert estimated(loopback, articles(3)).input_tokens == 6000


@pytest.mark.parametrize(
    "page",
    [
        replies.error(404, "no such page"),
        replies.error(500, "broken"),
        replies.html_page(),
        {"tokens": [1]},  # and no /apply-template
        {"count": -1},
        [],
    ],
)
def test_a_server_that_does_not_count_leaves_the_guess(loopback: LoopbackServer, page: Any) -> None:
    loopback.pages["/tokenize"] = page
    found = estimated(loopback, articles(30))
    assert found.notes[0].startswith("input: guessed from the words of the rendered requests, perhaps a fifth off")
    assert found.input_tokens > 30 * 2000
    assert len(loopback.page_requests) <= 3, "asked once, not for every article"


def test_a_server_that_is_not_there_leaves_the_guess() -> None:
    with LoopbackServer() as gone:
        pass
    assert "guessed" in estimated(gone, articles(3)).notes[0]


def test_hosted_endpoints_are_not_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("spoken to"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    backend = open_backend("openai/gpt-5-mini")
    found = asyncio.run(estimate(articles(16), backend=backend, prompt=PROMPT, schema=SCHEMA))
    assert found.cost_usd is not None
    assert found.most_usd is not None
    assert 0 < found.cost_usd < found.most_usd
    assert found.seconds is not None
    assert any("genai-prices" in note for note in found.notes)
    assert any("prefix cache" in note for note in found.notes)


def test_money_is_tokens_times_price_and_its_bound_is_above_what_is_paid(loopback: LoopbackServer) -> None:
    serve_llama_cpp(loopback)
    found = estimated(loopback, fifty())
    assert found.cost_usd == pytest.approx((found.input_tokens * 2 + found.output_tokens * 8) / 1e6)
    assert found.cost_usd is not None
    assert found.most_usd is not None
    assert found.most_usd >= found.cost_usd


def test_without_a_price_there_is_no_estimate_of_money_and_it_says_so(loopback: LoopbackServer) -> None:
    found = estimated(loopback, articles(3), price=None)
    assert (found.cost_usd, found.most_usd) == (None, None)
    assert any(note.startswith("money: no price is known for openai/some-model") for note in found.notes)


def test_what_is_done_cached_or_unreadable_needs_no_request(loopback: LoopbackServer, tmp_path: Any) -> None:
    serve_llama_cpp(loopback)
    items: list[Article | ArticleError] = [*articles(10), ArticleError("broken", article_id="x")]
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        extracted(loopback, articles(6), cache=cache)
        found = estimated(loopback, items, cache=cache, done={"article-8", "article-9"})
    assert (found.articles, found.done, found.bad, found.cached, found.requests) == (11, 2, 1, 6, 2)
    assert found.output_tokens == 80
    assert found.notes[1] == "output: as in 6 cached answers to the same prompt"


def test_time_is_bounded_by_the_limits(loopback: LoopbackServer) -> None:
    assert estimated(loopback, articles(30), options=Options(requests_per_minute=10)).seconds == pytest.approx(180)
    assert estimated(loopback, articles(3)).seconds is None, "nothing is known of a server of one's own"


def test_rules_take_no_tokens_and_no_money() -> None:
    backend = open_backend("rules/baseline")
    found = asyncio.run(estimate([article()], backend=backend, prompt=PROMPT, schema=SCHEMA))
    assert (found.requests, found.input_tokens, found.cost_usd) == (1, 0, 0.0)


def test_the_guess_for_english_prose_is_near_the_rule_of_thumb() -> None:
    """OpenAI's help page "What are tokens and how to count them?": 100 tokens are about 75 words, or 400 characters."""
    prose = (
        "Residents of the valley said that shelling began shortly after dawn and went on until the early afternoon. "
        "Two houses near the bridge were hit, and a shepherd lost his flock. The army denied that it had fired on the "
        "village, and blamed a group that had crossed the river during the night. Nobody could be reached to confirm "
        "either account, but aid workers counted eleven wounded people in the small clinic at the crossroads."
    )
    assert guess_tokens(prose) == pytest.approx(len(prose.split()) / 0.75, rel=0.2)
    assert guess_tokens(prose) == pytest.approx(len(prose) / 4, rel=0.2)


@given(st.text(max_size=400))
def test_any_text_has_no_more_guessed_tokens_than_bytes(text: str) -> None:
    assert 0 <= guess_tokens(text) <= len(text.encode("utf-8", "replace"))


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_never_has_fewer_tokens(text: str, more: str) -> None:
    assert guess_tokens(f"{text} x {more}") >= max(guess_tokens(text), guess_tokens(more)) - 1
