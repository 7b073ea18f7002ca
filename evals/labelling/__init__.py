"""Work on gold by hand: starting a file, the JSON Schema for editors, what a set covers, and sets as datasets.

Reads and makes plain data and files; prints nothing.
"""
