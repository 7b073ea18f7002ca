"""Prompts: folders `prompts/<name>/<version>/` that say how a schema is asked for, immutable once released.

Knows schemas and articles; knows nothing of backends, requests or runs.
"""

from extractor.prompts.folder import diff_prompts, read_prompt, release
from extractor.prompts.prompt import ANY_SCHEMA, Example, Parameters, Prompt
from extractor.prompts.search import FoundPrompt, default_prompt, list_prompts, load_prompt, search_path

__all__ = [
    "ANY_SCHEMA",
    "Example",
    "FoundPrompt",
    "Parameters",
    "Prompt",
    "default_prompt",
    "diff_prompts",
    "list_prompts",
    "load_prompt",
    "read_prompt",
    "release",
    "search_path",
]
