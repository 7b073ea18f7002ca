"""Measure extractions against hand-labelled articles, field by field. Never calls a model except through the engine."""
