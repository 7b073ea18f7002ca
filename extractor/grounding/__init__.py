"""From values to their places in the article. Knows schemas and records; nothing of backends, prompts or runs.

Values are looked for in this order: exactly, folded (`folding`, `search`), nearly (`nearly`); numbers and dates by
what they mean (`numbers`, `counting`, `dates`, `dating`); and one of several places is taken by what else is known of
the event (`choosing`).
"""

from extractor.grounding.ground import ground

__all__ = ["ground"]
