"""What an extraction will take, before anything is sent to be answered: requests, tokens, money, time, and how sure."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from extractor.backends.base import Backend, CountsTokens
from extractor.cache import KeyMaker, ResponseCache
from extractor.engine.options import Options, Timing, check_schema
from extractor.engine.tokens import guess_message_tokens, guess_tokens
from extractor.engine.traffic import Traffic
from extractor.errors import ArticleError, BackendError
from extractor.prompts import Prompt
from extractor.records import Article, Request, Usage
from extractor.runs import RunInfo
from extractor.schemas import Schema

_ALL_COUNTED = 200
"""So many requests are counted by the server, where it counts; of those that follow one in `_ONE_IN`."""
_ONE_IN = 20
_AT_ONCE = 8
"""Requests that are counted at the same time."""
_ENOUGH = 5
"""Answers that must be there before their length stands for others."""
_WITHOUT_EXAMPLES = 4
"""Without any answer to go by, one is taken to be this part of `max_tokens` long."""
_START_S = 1.0
_TOKENS_PER_S = 60.0
"""What hosted models take to begin, and write in a second; the fast ones are faster."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is to be expected.

    Attributes:
        articles: met; `done` ended in earlier sessions of the run, `bad` cannot be read, `cached` have an answer in the
            cache. The rest is one request each: `requests`.
        input_tokens, output_tokens: over all requests.
        cost_usd: None when no price is known.
        most_usd: if every first answer were as long as allowed; None when no price is known.
        seconds: None when nothing is known of the speed.
        notes: how each of it was estimated, a line each.
    """

    articles: int
    done: int
    bad: int
    cached: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    most_usd: float | None
    seconds: float | None
    notes: tuple[str, ...]

    def __add__(self, other: Estimate) -> Estimate:
        """Of two extractions, one after the other."""
        return Estimate(
            articles=self.articles + other.articles,
            done=self.done + other.done,
            bad=self.bad + other.bad,
            cached=self.cached + other.cached,
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            most_usd=_sum(self.most_usd, other.most_usd),
            seconds=_sum(self.seconds, other.seconds),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
        )


def _sum(one: float | None, other: float | None) -> float | None:
    """Not known where either is not."""
    return None if one is None or other is None else one + other


async def estimate(
    articles: Iterable[Article | ArticleError],
    *,
    backend: Backend,
    prompt: Prompt,
    schema: Schema,
    options: Options | None = None,
    cache: ResponseCache | None = None,
    done: Container[str] = frozenset(),
    earlier: RunInfo | None = None,
) -> Estimate:
    """Estimate what `extract_many` with the same arguments will take. Asks for no answer and pays nothing.

    A server of the user's own is asked to count tokens, if it can; hosted endpoints are not spoken to.

    Args:
        articles: as for `extract_many`, and so are the next five.
        backend: who would answer; not closed here.
        prompt: how it would be asked.
        schema: what for.
        options: parameters, limits.
        cache: where answers may be already.
        done: ids of the articles that ended in earlier sessions of the run.
        earlier: what the run came to in them.

    Raises:
        UsageError: the backend does not answer the schema.
        ExtractorError: what would fail for every article.
    """
    options = options or Options()
    check_schema(backend, schema)
    counting = _Counting(backend)
    sums = _Sums()
    parameters = options.parameters(prompt)
    json_schema = prompt.answer_schema(schema)
    traffic = Traffic(backend, options, Timing())
    key_of = KeyMaker(backend=backend.name, endpoint=backend.endpoint)
    for item in articles:
        sums.articles += 1
        if isinstance(item, ArticleError):
            sums.bad += 1
            continue
        if item.id in done:
            sums.done += 1
            continue
        request = Request(
            article=item,
            messages=prompt.render(item, schema),
            schema_name=schema.name,
            json_schema=json_schema,
            max_tokens=parameters.max_tokens,
            temperature=parameters.temperature,
            seed=parameters.seed,
            repeat=options.repeat,
        )
        if cache is not None and (known := cache.get(key_of(request))) is not None:
            sums.cached += 1
            sums.measured.add(guess_message_tokens(request.messages), known.usage)
            continue
        sums.requests += 1
        sums.guessed += guess_message_tokens(request.messages)
        sums.most += traffic.most(request)
        await counting.add(request)
    await counting.finish()
    return _estimate(sums, counting, _Setting(backend, prompt, options, traffic, json_schema, earlier))


@dataclass
class _Measured:
    """Answers that are there already: what was guessed of their requests, and what was reported."""

    answers: int = 0
    guessed: int = 0
    input: int = 0
    output: int = 0

    def add(self, guessed: int, usage: Usage | None) -> None:
        if usage is not None:
            self.answers += 1
            self.guessed += guessed
            self.input += usage.input_tokens
            self.output += usage.output_tokens


@dataclass
class _Sums:
    articles: int = 0
    done: int = 0
    bad: int = 0
    cached: int = 0
    requests: int = 0
    guessed: int = 0
    most: float = 0.0
    measured: _Measured = field(default_factory=_Measured)


@dataclass
class _Counting:
    """Has the server count a sample of the requests, several at the same time."""

    backend: Backend
    met: int = 0
    counted: int = 0
    tokens: int = 0
    guessed: int = 0
    able: bool = True
    _waiting: list[Request] = field(default_factory=list)

    async def add(self, request: Request) -> None:
        """Count it, or pass it by."""
        self.met += 1
        if self.able and (self.met <= _ALL_COUNTED or self.met % _ONE_IN == 0):
            self._waiting.append(request)
            if len(self._waiting) >= (_AT_ONCE if self.counted else 1):  # the first one tells whether it can
                await self.finish()

    async def finish(self) -> None:
        """Count what waits."""
        waiting, self._waiting = self._waiting, []
        if not isinstance(self.backend, CountsTokens) or not waiting:
            self.able = isinstance(self.backend, CountsTokens)
            return
        try:
            counts = await asyncio.gather(*[self.backend.count_tokens(request) for request in waiting])
        except BackendError:  # the extraction itself will say what is wrong with the server
            self.able = False
            return
        for request, count in zip(waiting, counts, strict=True):
            if count is None:
                self.able = False
            else:
                self.counted += 1
                self.tokens += count
                self.guessed += guess_message_tokens(request.messages)


@dataclass(frozen=True)
class _Setting:
    backend: Backend
    prompt: Prompt
    options: Options
    traffic: Traffic
    json_schema: dict[str, Any]
    earlier: RunInfo | None


def _estimate(sums: _Sums, counting: _Counting, setting: _Setting) -> Estimate:
    if setting.backend.capabilities.structured_output == "native":
        notes = (f"{setting.backend.name} answers in this process: no tokens, no money",)
        return Estimate(sums.articles, sums.done, sums.bad, 0, sums.requests, 0, 0, 0.0, 0.0, None, notes)
    read, how_read = _input_tokens(sums, counting, setting)
    each, how_written = _answer_tokens(sums, setting)
    written = round(sums.requests * each)
    cost, how_paid = _cost(sums.requests, read, written, setting.traffic)
    seconds, how_long = _seconds(sums.requests, read + written, each, setting)
    reasks = "re-asks after invalid answers and retries come on top: they are not known before"
    return Estimate(
        articles=sums.articles,
        done=sums.done,
        bad=sums.bad,
        cached=sums.cached,
        requests=sums.requests,
        input_tokens=read,
        output_tokens=written,
        cost_usd=cost,
        most_usd=None if cost is None else sums.most,
        seconds=seconds,
        notes=(how_read, how_written, how_paid, how_long, reasks),
    )


def _input_tokens(sums: _Sums, counting: _Counting, setting: _Setting) -> tuple[int, str]:
    if counting.counted:
        said = "of all requests" if counting.counted == sums.requests else "of a sample, the others by their length"
        share = counting.tokens / max(1, counting.guessed)
        exactly = counting.tokens + (sums.guessed - counting.guessed) * share
        return round(exactly), f"input: {counting.counted} requests counted by the server's own tokeniser, {said}"
    if sums.measured.answers >= _ENOUGH:
        share = sums.measured.input / max(1, sums.measured.guessed)
        return round(sums.guessed * share), f"input: by what {sums.measured.answers} cached answers reported"
    shown = setting.backend.capabilities.structured_output in ("strict_schema", "tools")
    beside = guess_tokens(json.dumps(setting.json_schema)) if shown else 0
    schema = ", the schema included, which this endpoint puts before the messages" if shown else ""
    return (
        sums.guessed + sums.requests * beside,
        f"input: guessed from the words of the rendered requests, perhaps a fifth off{schema}",
    )


def _answer_tokens(sums: _Sums, setting: _Setting) -> tuple[float, str]:
    """Tokens of one answer."""
    if setting.earlier is not None:
        paid = setting.earlier.usage.paid
        ended = setting.earlier.articles.done
        if ended >= _ENOUGH and paid.output_tokens:
            return paid.output_tokens / ended, f"output: as in the {ended} articles of the run that are done"
    if sums.measured.answers >= _ENOUGH and sums.measured.output:
        answers = sums.measured.answers
        return sums.measured.output / answers, f"output: as in {answers} cached answers to the same prompt"
    most = setting.options.parameters(setting.prompt).max_tokens
    if examples := setting.prompt.examples:
        mean = sum(guess_tokens(example.answer) for example in examples) / len(examples)
        return min(mean, most), "output: as long as the answers of the prompt's examples"
    return most / _WITHOUT_EXAMPLES, f"output: a quarter of max_tokens ({most}), for want of any example"


def _cost(requests: int, read: int, written: int, traffic: Traffic) -> tuple[float | None, str]:
    pricing = traffic.pricing
    price = pricing.price(input_tokens=read // max(1, requests))
    if price is None:
        return None, f"money: {pricing}"
    cost = requests * price.request + price.cost(Usage(read, written)) - (price.request if requests else 0)
    cached = "; input that the provider finds in its prefix cache will cost less" if price.cached_input else ""
    return (cost if requests else 0.0), f"money: {pricing}{cached}"


def _seconds(requests: int, tokens: int, each: float, setting: _Setting) -> tuple[float | None, str]:
    terms, options = setting.backend.capabilities.terms, setting.options
    bounds = {
        "requests per minute": requests / (options.requests_per_minute or terms.requests_per_minute or math.inf) * 60,
        "tokens per minute": tokens / (options.tokens_per_minute or terms.tokens_per_minute or math.inf) * 60,
    }
    if setting.backend.capabilities.hosted:
        at_once = options.in_flight(terms)
        name = f"{at_once} requests at once, {_START_S:g} s and {_TOKENS_PER_S:g} tokens a second each"
        bounds[name] = (_START_S + each / _TOKENS_PER_S) * math.ceil(requests / at_once)
    slowest = max(bounds, key=lambda name: bounds[name])
    if not bounds[slowest]:
        return None, "time: not estimated; `extractor doctor` measures the speed of a server of your own"
    return bounds[slowest], f"time: by {slowest}"
