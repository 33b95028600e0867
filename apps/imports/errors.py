"""What can be wrong with an import as a whole; single bad rows are rejected rows, not errors."""


class ImportFailure(Exception):
    """An import cannot go on; the message is for the person who started it, and nothing was written."""


class MappingError(ImportFailure):
    """A mapping says something that is not understood; the message names the file, the key and what was expected."""


class FileError(ImportFailure):
    """A file cannot be read as what it claims to be."""
