"""The session of the IGV desktop: XML with paths relative to itself.

It lies at the root of the results, since IGV has trouble with `..` in the paths of a session.
"""

from pathlib import Path
from xml.etree import ElementTree

from seq2exp_py.browser.catalogue import Catalogue, Track
from seq2exp_py.browser.kinds import BIGINTERACT, BIGWIG
from seq2exp_py.files import whole
from seq2exp_py.writers.palette import rgb

PACKAGE = "org.broad.igv"
CLASS = {BIGWIG: "track.DataSourceTrack", BIGINTERACT: "bedpe.InteractionTrack"}  # of a file's type; a bigBed's is features


def path_of(track: Track) -> str:
    """The file that IGV reads best."""
    return track.text or track.path


def add_track(panel: ElementTree.Element, track: Track) -> None:
    """Append a track to a panel."""
    wig = track.of.file == BIGWIG
    clazz = f"{PACKAGE}.{CLASS.get(track.of.file, 'track.FeatureTrack')}"
    attributes = {"attributeKey": track.long, "clazz": clazz, "id": path_of(track), "name": track.long, "color": rgb(track.colour)}
    scale = {"autoScale": "false" if track.top else "true", "renderer": "BAR_CHART", "windowFunction": "mean"} if wig else {}
    element = ElementTree.SubElement(panel, "Track", attributes | scale | {"visible": "true"})
    if wig and track.top:
        ElementTree.SubElement(
            element,
            "DataRange",
            {
                "baseline": "0.0",
                "minimum": "0.0",
                "maximum": f"{track.top:g}",
                "drawBaseline": "true",
                "flipAxis": "false",
                "type": "LINEAR",
            },
        )


def write_session(run: Catalogue, path: Path) -> None:
    """Write the session.

    Args:
        run: all tracks.
        path: file to write, at the root of the results.
    """
    genome = run.genome.name if run.genome.native else run.genome.sequence
    attributes = {"genome": genome, "hasGeneTrack": "true", "hasSequenceTrack": "true", "locus": run.locus, "version": "8"}
    root = ElementTree.Element("Session", attributes)
    shown = [t for t in run.tracks if "session" in t.of.shown_in]
    resources = ElementTree.SubElement(root, "Resources")
    for track in shown:
        ElementTree.SubElement(resources, "Resource", {"path": path_of(track), "type": Path(path_of(track)).suffix[1:]})
    panel = ElementTree.SubElement(root, "Panel", {"name": "DataPanel"})
    for track in shown:
        add_track(panel, track)
    ElementTree.indent(root)
    with whole(path) as temporary:
        ElementTree.ElementTree(root).write(temporary, encoding="UTF-8", xml_declaration=True)
