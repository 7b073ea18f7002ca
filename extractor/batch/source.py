"""A backend that has the answers that are there, and remembers the request whose answer is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from extractor.backends.base import Capabilities, Terms
from extractor.backends.failures import refuses_temperature
from extractor.backends.prices import Pricing
from extractor.batch.answers import AnswerFiles
from extractor.batch.ids import CustomId
from extractor.errors import BackendError
from extractor.records import Completion, Request
from extractor.runs import AnswerIndex, RequestDigester

Record = Callable[[Request, Completion | BackendError], None]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers are, in the order in which they are looked for.

    Attributes:
        recorded: those that earlier readings put into the run.
        files: those that came now.
        record: puts new ones into the run.
        give_up: end articles whose next answer is missing with what there is.
        retry_failed: forget recorded errors.
    """

    recorded: AnswerIndex
    files: AnswerFiles
    record: Record
    give_up: bool = False
    retry_failed: bool = False


class BatchBackend:
    """Answers the requests of one article after the other; see the module.

    Args:
        name, endpoint: of the backend that answered, for the run.
        pricing: its prices, of which a batch pays half; None: what answers cost is not known.

    Attributes:
        missing: the request that has no answer yet, once there is one.
        news: whether the article got an answer that the run did not have.
    """

    def __init__(self, name: str, endpoint: str, pricing: Pricing | None = None) -> None:
        self.name = name
        self.endpoint = endpoint
        # the price bounds what an answer without usage may have cost
        terms = Terms(price=None if pricing is None else pricing.price(batch=True))
        self.capabilities = Capabilities(structured_output="json_schema", hosted=False, terms=terms)
        self.missing: tuple[CustomId, Request] | None = None
        self.news = False
        self._pricing = pricing
        self._digests = RequestDigester()
        self._sources: Sources | None = None
        self._article = self._asked = 0

    def begin(self, article: int, sources: Sources | None) -> None:
        """Turn to the article of that number; without sources nothing is answered."""
        self.missing, self.news = None, False
        self._sources, self._article, self._asked = sources, article, 0

    async def complete(self, request: Request) -> Completion:
        """The answer to a request, if it is there; see `Backend.complete`."""
        self._asked += 1
        custom_id = CustomId(self._article, request.repeat, self._asked, self._digests(request).key)
        if self._sources is None or (found := self._found(custom_id, request, self._sources)) is None:
            self.missing = custom_id, request
            raise BackendError("no answer has come to this request yet", kind="no_answer")
        if isinstance(found, BackendError):
            raise found
        return found

    async def aclose(self) -> None:
        """Nothing to close."""

    def _found(self, custom_id: CustomId, request: Request, sources: Sources) -> Completion | BackendError | None:
        article_id = request.article.id
        own = sources.recorded.has(article_id, custom_id.key)  # another article's answer to the same text is not ours
        before = sources.recorded.find(article_id, custom_id.key) if own else None
        if before is not None and before.answer is not None:
            sources.files.known_before(str(custom_id))
            return before.completion
        new = sources.files.take(str(custom_id))
        if new is not None and not _may_come_yet(new):
            return self._taken_over(request, new, sources)
        if before is not None and before.error is not None and not sources.retry_failed:
            return before.error.error
        if not sources.give_up:
            return None
        if self._asked == 1:
            return BackendError("no answer came to the request", kind="no_answer")
        # of a kind that lets the engine keep what earlier answers hold
        end = BackendError("the answer was asked for again, and no further answer came", kind="invalid_output")
        return self._taken_over(request, end, sources)

    def _taken_over(
        self, request: Request, new: Completion | BackendError, sources: Sources
    ) -> Completion | BackendError:
        """Into the run, with its price."""
        self.news = True
        if isinstance(new, Completion) and self._pricing is not None:
            cost = self._pricing.cost(new.usage, answered_by=new.model, batch=True)
            new = replace(new, cost_usd=cost)
        sources.record(request, new)
        return new


def _may_come_yet(result: Completion | BackendError) -> bool:
    """Whether the same request, asked again in the next round, may be answered."""
    return isinstance(result, BackendError) and (result.retryable or refuses_temperature(result))
