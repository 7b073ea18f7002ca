"""Articles from an iterator, read ahead in a thread: reading a file or waiting for standard input holds up no request.

Never holds more than `ahead` articles; the thread sleeps until half of them are taken, so that the two seldom meet.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable

from extractor.errors import ArticleError
from extractor.records import Article


class ArticleFeed:
    """Gives articles to the tasks of the running event loop.

    Args:
        articles: iterated over in one other thread.
        ahead: how many to read ahead, 1 or more.
    """

    def __init__(self, articles: Iterable[Article | ArticleError], ahead: int) -> None:
        self._articles = articles
        self._ahead = ahead
        self._items: deque[Article | ArticleError] = deque()
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._awaited = False
        self._ended = False
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._fill, name="article-feed", daemon=True)
        self._thread.start()

    async def next(self) -> Article | ArticleError | None:
        """The next article; None when there are no more, because they ended, `stop` was called or reading failed.

        Why reading failed is in `error` then.
        """
        while True:
            with self._lock:
                if self._items:
                    item = self._items.popleft()
                    if len(self._items) <= self._ahead // 2:
                        self._room.notify()
                    return item
                if self._ended:
                    return None
                self._awaited = True
                self._news.clear()
            await self._news.wait()

    def stop(self) -> None:
        """Give no more articles. The thread ends once the iterator comes back."""
        with self._lock:
            self._items.clear()
            self._end()

    def _end(self) -> None:
        self._ended = True
        self._room.notify()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def _fill(self) -> None:
        try:
            for item in self._articles:
                with self._lock:
                    if len(self._items) >= self._ahead:
                        self._room.wait_for(lambda: self._ended or len(self._items) <= self._ahead // 2)
                    if self._ended:
                        return
                    self._items.append(item)
                    if self._awaited:
                        self._awaited = False
                        self._loop.call_soon_threadsafe(self._news.set)
        except BaseException as error:  # raised again by whoever takes the articles
            self.error = error
        with self._lock:
            if not self._ended:
                self._end()
