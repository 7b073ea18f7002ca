"""Many articles at once, or one: cache, retries, re-asks, validation, grounding, resuming. Knows nothing of gold."""

from extractor.engine.caching import open_cache
from extractor.engine.delivery import Totals
from extractor.engine.estimating import Estimate, estimate
from extractor.engine.library import extract
from extractor.engine.options import Options, Timing, run_identity
from extractor.engine.run_loop import extract_all, extract_many

__all__ = [
    "Estimate",
    "Options",
    "Timing",
    "Totals",
    "estimate",
    "extract",
    "extract_all",
    "extract_many",
    "open_cache",
    "run_identity",
]
