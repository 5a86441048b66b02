"""The one error that a user is meant to read."""


class InputError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence that names the file and the line or field, says what was expected, and what to do. The command
    line prints it without a traceback and exits with status 2.
    """
