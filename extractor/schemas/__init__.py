"""What is extracted from an article: field types, the conflict schema, and loading a user's own."""

from extractor.schemas.fields import FieldSpec, fields_of
from extractor.schemas.loading import DEFAULT, Schema, describe, load_schema, validate_event

__all__ = ["DEFAULT", "FieldSpec", "Schema", "describe", "fields_of", "load_schema", "validate_event"]
