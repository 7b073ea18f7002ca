"""The offline baseline `rules/baseline`: an article in, conflict events out, by rules and word lists alone.

The way of an article: `segment` (sentences, page debris aside) → `clauses` and `triggers` (stretches that tell of one
event each, and its type) → `facts` (what a clause states: `dates`, `places`, `munitions`, `casualties`, `actors`) →
`merge` and `agreement` (clauses of one event together) → `records` (events as the conflict schema has them). What is
known of words and names stands in `data/`, not in code.
"""

from extractor.backends.rules.backend import RulesBackend, extract_events

__all__ = ["RulesBackend", "extract_events"]
