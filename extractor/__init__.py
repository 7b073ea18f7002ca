"""Turn news articles into typed, grounded records of the violent events they report. Knows nothing of gold labels."""

__version__ = "0.1.0"
