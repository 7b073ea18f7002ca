"""The response cache: no answer is paid for twice. Knows nothing of runs, validation or retries."""

from extractor.cache.database import CACHE_ENV, default_path
from extractor.cache.key import KeyMaker, cache_key, key_components
from extractor.cache.store import ResponseCache
from extractor.cache.upkeep import CacheStats, export, prune, stats

__all__ = [
    "CACHE_ENV",
    "CacheStats",
    "KeyMaker",
    "ResponseCache",
    "cache_key",
    "default_path",
    "export",
    "key_components",
    "prune",
    "stats",
]
