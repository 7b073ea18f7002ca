"""What stands between the engine and a backend: the budget, the limits of the endpoint, and what an answer costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from extractor.backends.base import Backend
from extractor.backends.prices import Pricing
from extractor.engine.budget import Budget
from extractor.engine.options import Options, Timing
from extractor.engine.pace import Gate, Pace
from extractor.errors import BackendError, UsageError
from extractor.records import Completion, Request

_HIDDEN_TOKENS = 1000
"""More than what endpoints add to the messages of a request: markers of roles, instructions for using tools."""

_TOKENS_PER_CHARACTER = 0.3
"""Of the input, until the first answers tell (English prose has 0.2 to 0.25, JSON more)."""


@dataclass(slots=True)
class Charge:
    """What became of one request.

    Attributes:
        sent: whether it left this program.
        unsure_usd: what it may have cost at most, where its cost is not known.
    """

    sent: bool = False
    unsure_usd: float = 0.0


class Traffic:
    """Sends requests to a backend as the budget and the endpoint's limits allow, and prices the answers.

    Args:
        backend: who answers; its terms hold where the options say nothing.
        options: budget, limits, requests in flight.
        timing: clock and sleep.
        spent: USD paid, or perhaps paid, before this session.

    Raises:
        UsageError: there is a budget, and no price to keep it by.
    """

    def __init__(self, backend: Backend, options: Options, timing: Timing, spent: float = 0.0) -> None:
        terms = backend.capabilities.terms
        self.pricing = Pricing(backend.name, backend.endpoint, terms.price)
        if options.budget_usd is not None and not self.pricing.known:
            raise UsageError(f"a budget cannot be kept: {self.pricing}")
        self.budget = Budget(options.budget_usd, spent)
        self._backend = backend
        self._gate = Gate(options.in_flight(terms))
        requests = options.requests_per_minute or terms.requests_per_minute
        tokens = options.tokens_per_minute or terms.tokens_per_minute
        self._requests = None if requests is None else Pace(requests, timing)
        self._tokens = None if tokens is None else Pace(tokens, timing)
        self._measured = _Measured()
        self._schema: tuple[dict[str, Any], int] | None = None

    async def send(self, request: Request, charge: Charge) -> Completion:
        """Have one request answered, once, when it is its turn.

        Args:
            request: what to ask.
            charge: told what became of it, also when it fails.

        Raises:
            BackendError: as from the backend; `over_budget` when it was not sent for that reason.
        """
        most = self.most(request)
        number = await self.budget.set_aside(most)
        cost, known = 0.0, True
        try:
            with await self._gate.enter() as inside:
                expected = await self._turn(request)
                charge.sent = True
                cost, known = most, False  # from here on it may be charged, whatever becomes of it
                try:
                    completion = await self._backend.complete(request)
                except BackendError as error:
                    if not error.maybe_charged:
                        cost, known = 0.0, True
                    if error.kind == "rate_limited":
                        inside.refused()
                    raise
                inside.answered()
            self._learn(request, completion, expected)
            completion = self._priced(completion)
            if completion.cost_usd is not None:
                cost, known = completion.cost_usd, True
            return completion
        finally:
            self.budget.settle(number, cost)
            charge.unsure_usd = 0.0 if known else cost

    def most(self, request: Request) -> float:
        """USD that a request can cost at most; 0 when no price is known.

        No tokeniser makes more tokens than a text has bytes; an answer has no more than `max_tokens`.
        """
        if self.pricing.free:
            return 0.0
        read = sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
        read += self._schema_size(request) + _HIDDEN_TOKENS
        price = self.pricing.price(input_tokens=read)
        if price is None:
            return 0.0
        dearest = max(price.input, price.cached_input or 0.0)
        return price.request + (read * dearest + request.max_tokens * price.output) / 1e6

    async def _turn(self, request: Request) -> float:
        """Wait until the limits of the endpoint let the request through; the tokens that were expected of it."""
        if self._requests is not None:
            await self._requests.take()
        if self._tokens is None:
            return 0.0
        expected = self._measured.expected(request)
        await self._tokens.take(expected)
        return expected

    def _learn(self, request: Request, completion: Completion, expected: float) -> None:
        if self._tokens is None or completion.usage is None:
            return
        usage = completion.usage
        self._measured.add(request, usage.input_tokens, usage.output_tokens)
        self._tokens.correct(usage.input_tokens + usage.output_tokens - expected)

    def _priced(self, completion: Completion) -> Completion:
        """The completion with its cost, unless the backend said it itself or nobody was asked."""
        if completion.cost_usd is not None or completion.cached:
            return completion
        cost = self.pricing.cost(completion.usage, answered_by=completion.model)
        return completion if cost is None else replace(completion, cost_usd=cost)

    def _schema_size(self, request: Request) -> int:
        """Bytes of the request's JSON schema, which is the same object in all requests of an extraction."""
        if self._schema is None or self._schema[0] is not request.json_schema:
            self._schema = request.json_schema, len(to_json(request.json_schema))
        return self._schema[1]


class _Measured:
    """Learns from answers how many tokens requests take."""

    def __init__(self) -> None:
        self._characters = self._input = self._output = self._answers = 0

    def add(self, request: Request, input_tokens: int, output_tokens: int) -> None:
        self._characters += _characters(request)
        self._input += input_tokens
        self._output += output_tokens
        self._answers += 1

    def expected(self, request: Request) -> float:
        """Tokens that a request will take, read and written; before the first answers more rather than less."""
        if not self._answers:
            return _characters(request) * _TOKENS_PER_CHARACTER + request.max_tokens
        return _characters(request) * self._input / max(1, self._characters) + self._output / self._answers


def _characters(request: Request) -> int:
    return sum(len(message.content) for message in request.messages)
