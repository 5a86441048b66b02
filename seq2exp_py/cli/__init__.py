"""The `seq2exp` command: one click command per file of this folder, found by name, imported only when asked for."""

import importlib
import pkgutil
import sys

import click

from seq2exp_py import __version__
from seq2exp_py.errors import InputError


class LazyCommands(click.Group):
    """A group whose command `train-all` is `command` in `cli/train_all.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, sorted."""
        return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seq2exp")
def group() -> None:
    """Find the bases around a gene that drive its expression in a cell type."""


def execute(command: click.Command) -> None:
    """Run a command as a program: bad input is one sentence on standard error and exit status 2, never a traceback."""
    try:
        command()
    except InputError as error:
        click.echo(f"error: {printable(str(error))}", err=True)
        sys.exit(2)


def printable(sentences: str) -> str:
    """Sentences whose words from a user's file can do nothing to a terminal: what cannot be printed is written as its code."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in sentences)


def main() -> None:
    """Entry point of `seq2exp`."""
    execute(group)
