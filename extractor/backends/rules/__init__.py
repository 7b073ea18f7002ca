"""The offline baseline `rules/baseline`: an article in, conflict events out, by rules and word lists alone.

The way of an article: `segment` (sentences, clauses) → `mentions` (which clauses tell of an event, and of what type)
→ `clause` (dates, places, weapons, people, actors of each clause) → `merge` (clauses of one event together) →
`records` (the events as the conflict schema has them). What is known of words stands in `data/`.
"""

from extractor.backends.rules.backend import RulesBackend, extract_events

__all__ = ["RulesBackend", "extract_events"]
