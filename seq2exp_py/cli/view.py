"""`seq2exp view`."""

import webbrowser
from pathlib import Path

import click


@click.command("view")
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port on this machine; any that is free unless given.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in the browser.")
def command(results: Path, port: int, browser: bool) -> None:
    """Serve the RESULTS of a run to this machine's browser, until Ctrl-C."""
    from seq2exp_py.browser.serve import server

    with server(results, port) as serving:
        url = f"http://127.0.0.1:{serving.server_address[1]}/igv/index.html"
        click.echo(f"{url}  (Ctrl-C to end)")
        if browser:
            webbrowser.open(url)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            click.echo()
