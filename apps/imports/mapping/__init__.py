"""The mapping language: YAML in, dataclasses out, errors that name file, key and what was expected."""
