"""Many articles at once: taken as they come, a bounded number under way, each ending in one result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from extractor.backends.base import Backend
from extractor.cache import ResponseCache
from extractor.engine.article import FREE_TO_RETRY, Work
from extractor.engine.asking import Asker
from extractor.engine.delivery import Delivery, OnResult, Totals
from extractor.engine.feed import ArticleFeed
from extractor.engine.options import Options, Timing, check_schema, run_identity
from extractor.errors import ArticleError, RunError, UsageError
from extractor.prompts import Prompt
from extractor.records import Article, Failure
from extractor.runs import Run, Spent
from extractor.schemas import Schema


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
        The totals of this call.

    Raises:
        RunError: the run is made with something else, or cannot be written.
        UsageError: a budget, and a backend whose prices are not known; a backend that does not answer the schema.
        ExtractorError: what would fail for every article: a prompt that does not fit the schema.

    When cancelled or interrupted, requests under way are dropped, results that came are safe, the run resumes.
    """
    options = options or Options()
    check_schema(backend, schema)
    if run is not None and run.identity != run_identity(backend, prompt, schema, options):
        raise RunError(f"run {run.folder} was opened for another prompt, schema, backend or parameters: open it anew")
    work = Work(
        asker=Asker(backend, cache, options, timing or Timing()),
        prompt=prompt,
        schema=schema,
        options=options,
        parameters=options.parameters(prompt),
        json_schema=schema.json_schema(),
    )
    delivery = Delivery(run, on_result, on_progress)
    feed = ArticleFeed(articles, ahead=2 * options.concurrency)
    try:
        await _work_off(_Intake(feed, delivery, run, options.retry_failed), work, delivery)
    except BaseException as error:
        feed.stop()
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


async def _work_off(intake: _Intake, work: Work, delivery: Delivery) -> None:
    """Run the workers until there are no more articles; the first error stops all of them."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.keep_syncing())
            workers = [group.create_task(_worker(intake, work, delivery)) for _ in range(work.options.concurrency)]
            await asyncio.wait(workers)
            delivery.close()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _worker(intake: _Intake, work: Work, delivery: Delivery) -> None:
    while (taken := await intake.next()) is not None:
        if isinstance(taken, Failure):
            await delivery.deliver(taken, Spent())
        elif _over_budget(work, delivery):
            message = f"the budget of ${work.options.budget_usd:g} was used up before this article: raise it and resume"
            await delivery.deliver(Failure(taken.article.id, "over_budget", message), Spent())
        else:
            result, spent = await work.extract(taken.article, fresh=taken.fresh)
            await delivery.deliver(result, spent)
        # an article from the cache waits for nothing: let the others have their turn
        await asyncio.sleep(0)


def _over_budget(work: Work, delivery: Delivery) -> bool:
    budget = work.options.budget_usd
    if budget is None:
        return False
    paid = delivery.totals.spent.paid
    if paid.unpriced and work.asker.backend.capabilities.hosted:
        raise UsageError(
            f"the prices of {work.asker.backend.name} are not known, so a budget cannot be kept: leave it out"
        )
    return paid.cost_usd >= budget


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
    met: set[str] = field(default_factory=set)

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
        article_id = self._own_id(given)
        before = self.run.failure_kind(article_id) if self.run is not None else None
        if self.run is not None and self.run.is_done(article_id):
            return None
        if isinstance(item, ArticleError):
            return self._bad(article_id, str(item), before is not None)
        if article_id != given:
            message = f"the id {given!r} was met before in these articles, or cannot be written: give each its own"
            return self._bad(article_id, message, before is not None)
        if before is None or before == "bad_article" or before in FREE_TO_RETRY or self.retry_failed:
            # to ask again means to get a new answer, unless no answer came the last time
            return _Taken(item, fresh=before is not None and before not in FREE_TO_RETRY)
        return None

    def _bad(self, article_id: str, message: str, recorded: bool) -> Failure | None:
        return None if recorded else Failure(article_id, "bad_article", message)

    def _own_id(self, given: str) -> str:
        """The id, or the first free `<id>#<n>` if it was met before."""
        plain = given if _is_unicode(given) else given.encode("utf-8", "backslashreplace").decode()
        article_id, number = plain, 1
        while article_id in self.met:
            number += 1
            article_id = f"{plain}#{number}"
        self.met.add(article_id)
        return article_id


def _is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold it: file names may carry lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
