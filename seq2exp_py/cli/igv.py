"""`seq2exp igv`."""

from pathlib import Path

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("igv")
@click.option("--results", type=FOLDER, help="Folder that holds the hub, as hub/.")
@click.option("--hub", type=FOLDER, help="Folder of seq2exp hub, where it lies elsewhere for now.")
@click.option("--session", type=FILE, help="Session of the IGV desktop to write; igv_session.xml beside --out unless given.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder; it belongs beside hub/ and the cells' folders.",
)
def command(results: Path | None, hub: Path | None, session: Path | None, out: Path) -> None:
    """Write a page that shows a run in igv.js, with no need of the internet, and a session of the IGV desktop."""
    from seq2exp_py.browser.igv import build_igv

    if hub is None and results is None:
        raise click.UsageError("give --results or --hub")
    build_igv(hub or (results or Path()) / "hub", out, session)
    click.echo(f"{out / 'index.html'}: open it with `seq2exp view {out.parent}`")
