"""Many articles at once: taken as they come, a bounded number under way, each ending in one result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from extractor.backends.base import Backend
from extractor.backends.prices import Pricing
from extractor.cache import ResponseCache
from extractor.engine.article import FREE_TO_RETRY, Work
from extractor.engine.asking import Asker
from extractor.engine.delivery import Delivery, OnResult, Totals
from extractor.engine.feed import ArticleFeed
from extractor.engine.halting import Halt
from extractor.engine.ids import ArticleIds, not_its_own
from extractor.engine.options import Options, Timing, check_schema, run_identity
from extractor.engine.traffic import Traffic
from extractor.errors import ArticleError, RunError
from extractor.prompts import Prompt
from extractor.records import Article, Extraction, Failure, Usage
from extractor.runs import Run, Spent
from extractor.schemas import Schema

_COUNTING_S = 10.0
"""How long what is left of the articles is counted after a stop."""


async def extract_many(  # noqa: PLR0913  # all by keyword, most of them optional
    articles: Iterable[Article | ArticleError],
    *,
    backend: Backend,
    prompt: Prompt,
    schema: Schema,
    options: Options | None = None,
    cache: ResponseCache | None = None,
    run: Run | None = None,
    on_result: OnResult | None = None,
    on_progress: Callable[[Totals], None] | None = None,
    timing: Timing | None = None,
) -> Totals:
    """Extract the events of many articles.

    Args:
        articles: read lazily, in a thread; an `ArticleError` among them becomes a failure. An id that was met before
            in the same call is a failure too, as `<id>#2`, `<id>#3`…, so that no article replaces another.
        backend: who answers; not closed here.
        prompt: how they are asked.
        schema: what for.
        options: see `Options`.
        cache: where answers are kept; not used for backends that build records in this process.
        run: where results are written; articles that ended in it are skipped (see `Options.retry_failed`). Not
            closed here.
        on_result: told of each result, in the order in which they came, once it is on the disk.
        on_progress: told of the totals from time to time.
        timing: clock, sleep and chance.

    Returns:
        The totals of this call. When the budget is used up, or one article after the other fails for the same cause,
        the extraction stops and the totals say why and how much is left; the run resumes.

    Raises:
        RunError: the run is made with something else, or cannot be written.
        UsageError: a budget, and a backend whose price is not known; a backend that does not answer the schema.
        ExtractorError: what would fail for every article: a prompt that does not fit the schema.

    When cancelled or interrupted, requests under way are dropped, results that came are safe, the run resumes.
    """
    options = options or Options()
    timing = timing or Timing()
    check_schema(backend, schema)
    if run is not None and run.identity != run_identity(backend, prompt, schema, options):
        raise RunError(f"run {run.folder} was opened for another prompt, schema, backend or parameters: open it anew")
    terms = backend.capabilities.terms
    before = options.spent_elsewhere_usd + _spent_before(run, Pricing(backend.name, backend.endpoint, terms.price))
    traffic = Traffic(backend, options, timing, before)
    work = Work(
        asker=Asker(backend, cache, options, timing, traffic),
        prompt=prompt,
        schema=schema,
        options=options,
        parameters=options.parameters(prompt),
        json_schema=prompt.answer_schema(schema),
        record=run.record if run is not None and backend.capabilities.structured_output != "native" else None,
    )
    delivery = Delivery(run, on_result, on_progress)
    workers = options.workers(terms)
    feed = ArticleFeed(articles, ahead=2 * workers)
    try:
        await _work_off(_Intake(feed, delivery, run, options.retry_failed), work, delivery, workers)
    except BaseException as error:
        feed.stop()
        if run is not None:
            delivered = delivery.totals.spent.paid
            run.add_dropped(max(0.0, traffic.budget.spent - before - delivered.cost_usd - delivered.unsure_usd))
        delivery.finish(tell=isinstance(error, asyncio.CancelledError | KeyboardInterrupt))
        raise
    if feed.error is not None:
        raise feed.error
    return delivery.totals


def extract_all(  # noqa: PLR0913  # as above
    articles: Iterable[Article | ArticleError],
    *,
    backend: Backend,
    prompt: Prompt,
    schema: Schema,
    options: Options | None = None,
    cache: ResponseCache | None = None,
    run: Run | None = None,
    on_result: OnResult | None = None,
    on_progress: Callable[[Totals], None] | None = None,
) -> Totals:
    """`extract_many` for callers without an event loop; closes the backend, whose connections end with the loop."""

    async def extract_and_close() -> Totals:
        try:
            return await extract_many(
                articles,
                backend=backend,
                prompt=prompt,
                schema=schema,
                options=options,
                cache=cache,
                run=run,
                on_result=on_result,
                on_progress=on_progress,
            )
        finally:
            await backend.aclose()

    return asyncio.run(extract_and_close())


async def _work_off(intake: _Intake, work: Work, delivery: Delivery, workers: int) -> None:
    """Run the workers until there are no more articles; the first error stops all of them."""
    halt = Halt()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.keep_syncing())
            tasks = [group.create_task(_worker(intake, work, delivery, halt)) for _ in range(workers)]
            await asyncio.wait(tasks)
            delivery.close()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        intake.stop_counting()


async def _worker(intake: _Intake, work: Work, delivery: Delivery, halt: Halt) -> None:
    while (taken := await intake.next()) is not None:
        if isinstance(taken, Failure):
            await delivery.deliver(taken, Spent())
        elif halt.reason is not None:
            delivery.leave(halt.reason)
        else:
            result, spent = await work.extract(taken.article, fresh=taken.fresh)
            halt.watch(result, spent)
            if halt.reason is not None:
                intake.only_count()
            if _never_begun(result, spent):
                delivery.leave(halt.reason)
            else:
                await delivery.deliver(result, spent)
        # an article from the cache waits for nothing: let the others have their turn
        await asyncio.sleep(0)


def _never_begun(result: Extraction | Failure, spent: Spent) -> bool:
    """Whether the budget left the article untouched: nothing was paid for it that a record would have to hold."""
    return isinstance(result, Failure) and result.kind == "over_budget" and not spent.paid.requests


def _spent_before(run: Run | None, pricing: Pricing) -> float:
    """USD that earlier sessions of a run paid, or perhaps paid."""
    if run is None:
        return 0.0
    info = run.info
    paid = info.usage.paid
    if not paid.unpriced:
        return info.charged_usd
    # the price was not known then, or the endpoint did not report tokens: what is known now counts
    priced = pricing.cost(Usage(paid.input_tokens, paid.output_tokens, paid.cached_tokens))
    return max(info.charged_usd, priced or 0.0)


@dataclass(frozen=True, slots=True)
class _Taken:
    """An article to extract; `fresh`: not from the cache."""

    article: Article
    fresh: bool


@dataclass
class _Intake:
    """Decides for each article that comes whether it is to be done, was done, or cannot be done."""

    feed: ArticleFeed
    delivery: Delivery
    run: Run | None
    retry_failed: bool
    ids: ArticleIds = field(default_factory=ArticleIds)
    _counting: asyncio.TimerHandle | None = field(default=None, init=False)

    def only_count(self) -> None:
        """From now on articles are only counted, and not for long: they may be many, or come slowly."""
        if self._counting is None:
            self._counting = asyncio.get_running_loop().call_later(_COUNTING_S, self._give_up)

    def stop_counting(self) -> None:
        """There are no more."""
        if self._counting is not None:
            self._counting.cancel()

    def _give_up(self) -> None:
        self.delivery.left_is_least()
        self.feed.stop()

    async def next(self) -> _Taken | Failure | None:
        """The next article to do, or one that has failed already; None when there are no more."""
        while (item := await self.feed.next()) is not None:
            decided = self._decide(item)
            self.delivery.met(skipped=decided is None)
            if decided is not None:
                return decided
        return None

    def _decide(self, item: Article | ArticleError) -> _Taken | Failure | None:
        """None: it has ended in an earlier session of the run."""
        given = item.id if isinstance(item, Article) else item.article_id
        article_id = self.ids.own(given)
        before = self.run.failure_kind(article_id) if self.run is not None else None
        if self.run is not None and self.run.is_done(article_id):
            return None
        if isinstance(item, ArticleError):
            return self._bad(article_id, str(item), before is not None)
        if article_id != given:
            return self._bad(article_id, not_its_own(given), before is not None)
        if before is None or before == "bad_article" or before in FREE_TO_RETRY or self.retry_failed:
            # to ask again means to get a new answer, unless no answer came the last time
            return _Taken(item, fresh=before is not None and before not in FREE_TO_RETRY)
        return None

    def _bad(self, article_id: str, message: str, recorded: bool) -> Failure | None:
        return None if recorded else Failure(article_id, "bad_article", message)
