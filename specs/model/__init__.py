"""Pydantic models of everything a study may say; frozen, strict about unknown keys, converted from YAML text."""
