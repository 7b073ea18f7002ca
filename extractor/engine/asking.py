"""One request to a backend: from the cache if it is there, else sent, and sent again when transport fails.

Keeps the account of what an article's requests took. Knows nothing of validation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from extractor.backends.base import Backend
from extractor.cache import KeyMaker, ResponseCache
from extractor.engine.options import Options, Timing
from extractor.engine.traffic import Charge, Traffic
from extractor.errors import BackendError
from extractor.records import Completion, Request, Usage
from extractor.runs import Cause, Spent, spent_on


@dataclass(slots=True)
class Account:
    """What the requests of one article took.

    Attributes:
        spent: by cause.
        requests: sent, failed ones included.
        usage: tokens paid; None when requests were answered and none of the answers reported any.
        cost_usd: paid; None when the price of an answer is not known.
        latency_s: sum over the answers that were waited for; None when there were none.
        model: the one that answered last.
    """

    spent: Spent = field(default_factory=Spent)
    requests: int = 0
    usage: Usage | None = field(default_factory=Usage)
    cost_usd: float | None = 0.0
    latency_s: float | None = None
    model: str | None = None
    _answered: bool = field(default=False, init=False)

    def add(self, cause: Cause, completion: Completion | None, unsure_usd: float = 0.0) -> None:
        """Enter one request; None when it failed. `unsure_usd` is what it may have cost, where that is not known."""
        self.spent += spent_on(cause, completion, unsure_usd)
        if completion is not None:
            self.model = completion.model or self.model
        if cause == "cache":
            return
        self.requests += 1
        if completion is None:
            return
        if completion.usage is not None:
            self.usage = completion.usage if not self._answered else (self.usage or Usage()) + completion.usage
        elif not self._answered:
            self.usage = None
        self._answered = True
        if self.cost_usd is not None:
            self.cost_usd = None if completion.cost_usd is None else self.cost_usd + completion.cost_usd
        if completion.latency_s is not None:
            self.latency_s = (self.latency_s or 0.0) + completion.latency_s


class Asker:
    """Asks one backend on behalf of many articles, through `traffic`."""

    def __init__(
        self, backend: Backend, cache: ResponseCache | None, options: Options, timing: Timing, traffic: Traffic
    ) -> None:
        self.backend = backend
        self.traffic = traffic
        self.timing = timing
        self._options = options
        capabilities = backend.capabilities
        builds_records = capabilities.structured_output == "native" and not capabilities.hosted
        self._cache = None if builds_records else cache
        self._key_of = KeyMaker(backend=backend.name, endpoint=backend.endpoint)

    async def ask(
        self, request: Request, account: Account, *, cause: Cause, deadline: float, fresh: bool
    ) -> tuple[Completion, bytes]:
        """Answer a request, and its cache key for `keep`.

        Args:
            request: what to ask.
            account: where the requests are entered.
            cause: why it is asked; further attempts of a first try are entered as retries.
            deadline: on the clock of `timing`; no attempt begins after it.
            fresh: do not read the cache.

        Raises:
            BackendError: attempts or time are used up, or no retry helps.
        """
        key = b""
        if self._cache is not None:
            key = self._key_of(request)
            if not fresh and (found := self._cache.get(key)) is not None:
                account.add("cache", found)
                return found, key
        return await self._send(request, account, cause, deadline), key

    def keep(self, key: bytes, completion: Completion) -> None:
        """Put an answer into the cache, once it is known to be one."""
        if self._cache is not None:
            self._cache.put(key, completion, backend=self.backend.name)

    async def _send(self, request: Request, account: Account, cause: Cause, deadline: float) -> Completion:
        def used_up(state: RetryCallState) -> bool:
            late = self.timing.now() + state.upcoming_sleep > deadline
            return late or state.attempt_number >= self._options.attempts

        retrying = AsyncRetrying(
            retry=retry_if_exception(_may_succeed_later),
            stop=used_up,
            wait=self._wait,
            sleep=self.timing.sleep,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                charge = Charge()
                try:
                    completion = await self.traffic.send(request, charge)
                except BaseException:  # a cancelled request was sent, too, unless it waited for its turn
                    if charge.sent:
                        account.add(cause, None, charge.unsure_usd)
                        cause = "retry" if cause == "first" else cause
                    raise
                paid_as = "cache" if completion.cached else cause  # a replay is not paid for
                account.add(paid_as, completion, charge.unsure_usd)
                return completion
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait(self, state: RetryCallState) -> float:
        """Exponential, from half to the whole of the step by chance; never shorter than the endpoint asked for."""
        step = min(self._options.longest_wait_s, self._options.first_wait_s * 2.0 ** (state.attempt_number - 1))
        wait = step * (1 + self.timing.chance()) / 2
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, BackendError) else None
        # waiters that were told the same moment come back spread over a step, not all at once
        return wait if asked is None else max(wait, asked + step * self.timing.chance())


def _may_succeed_later(error: BaseException) -> bool:
    return isinstance(error, BackendError) and error.retryable
