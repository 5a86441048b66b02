"""What a track kind is: one row says what a track of it is called, how it is drawn in each browser, and which file holds it.

The UCSC settings are those of genome.ucsc.edu/goldenPath/help/trackDb/trackDbHub.html. A new track of `annotate` is its file and
one row here.
"""

from dataclasses import dataclass, field
from typing import Any

from seq2exp_py.writers.palette import BLACK, BLUE, CLASS_COLOUR, GREEN, GREY, ORANGE, PURPLE, RGB, SKY, TRACK_COLOUR

Stanza = dict[str, object]
BIGWIG, BIGINTERACT = "bigWig", "bigInteract"


@dataclass(frozen=True, slots=True)
class View:
    """A part of a cell's composite in the UCSC hub: name, title, visibility at first, and the settings that its tracks share."""

    name: str
    title: str
    visibility: str
    settings: Stanza


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of track.

    Attributes:
        name: its name in `tracks.json`.
        words: what it shows; `{assay}` stands for the signal, or for the user's name of the track.
        short: what UCSC shows beside it; empty for the assay's name.
        colour: its colour; None for that of its signal.
        file: UCSC's type of the file: bigWig, bigBed with its number of fields, bigInteract.
        view: the part of the composite it is in; None where it stands outside.
        hub: settings of its own stanza in the UCSC hub.
        height: in pixels, on the IGV page.
        shown_in: the browsers that show it.
        path: the file of `annotate`, below the cell's folder, `{name}` being `<cell>.<model>`; empty where `hub` writes it.
        text: the same as BEDPE or BED, which IGV reads better; empty where `path` serves.
        top: highest value worth drawing; 0 = as the data.
        on: whether the hub shows it before anybody asks for it.
        display: how igv.js stacks its features.
    """

    name: str
    words: str
    short: str
    colour: RGB | None
    file: str
    view: View | None
    hub: Stanza = field(default_factory=dict)
    height: int = 50
    shown_in: tuple[str, ...] = ("hub", "igv", "session")
    path: str = ""
    text: str = ""
    top: float = 0.0
    on: bool = True
    display: str = "COLLAPSED"


SIGNAL = View("signal", "Signal", "full", {"autoScale": "on", "alwaysZero": "on", "maxHeightPixels": "100:40:8"})
PEAKS = View("peaks", "Peaks", "dense", {})
MASK = View("mask", "Mask", "full", {"viewLimits": "0:1", "autoScale": "off", "maxHeightPixels": "100:50:8"})
ELEMENTS = View(
    "elements",
    "Elements",
    "pack",
    {
        "itemRgb": "on",
        "mouseOver": "$name: probability $probability, mask $mask_mean, rank $rank, $class, $tss_distance bp from the TSS",
        "filterValues.class": "promoter,DNase,H3K27ac,none",
        "filter.mask_mean": "0:1",
        "filterByRange.mask_mean": "on",
        "filterLimits.mask_mean": "0:1",
        "filter.probability": "0:1",
        "filterByRange.probability": "on",
        "filterLimits.probability": "0:1",
        "labelFields": "name",
    },
)
LINKS = View("links", "Links", "full", {"interactDirectional": "true", "maxHeightPixels": "200:80:20", "spectrum": "off"})
GENES = View(
    "genes",
    "Genes",
    "pack",
    {
        "itemRgb": "on",
        "mouseOver": "$name: predicted $predicted, observed $observed (log10(x + 1)), $split",
        "filterValues.split": "train,valid,test",
        "labelFields": "name",
    },
)

PROMOTER, VERMILION, LINK = CLASS_COLOUR["promoter"], TRACK_COLOUR["mask"], "links/{name}."
UNIT: Stanza = {"autoScale": "off", "viewLimits": "0:1"}
QUIET: Any = {"shown_in": ("hub", "session"), "top": 1.0, "on": False}  # an IGV page with all masks shows nothing for the crowd

# name, words, short, colour, file, view
ROWS = (
    Kind("signal", "{assay}", "", None, BIGWIG, SIGNAL),
    Kind("relative", "{assay}, relative", "", None, BIGWIG, None, shown_in=("hub",)),
    Kind("peaks", "peaks", "", GREY, "bigBed 4", PEAKS, height=25),
    Kind("sequence", "P(open) by the sequence alone", "sequence", GREEN, BIGWIG, SIGNAL, hub=UNIT, top=1),
    Kind("mask_max", "mask, maximum over genes", "mask", VERMILION, BIGWIG, MASK, path="masks/{name}.max.bw", top=1),
    Kind("mask_mean", "mask, mean over genes", "mask mean", ORANGE, BIGWIG, MASK, path="masks/{name}.mean.bw", **QUIET),
    Kind("mask_sd", "sd of the mask", "mask sd", GREY, BIGWIG, MASK, path="masks/{name}.sd.bw", **QUIET),
    Kind("elements", "elements", "", PROMOTER, "bigBed 9 +", ELEMENTS, height=45, path="elements/{name}.bb", display="EXPANDED"),
    Kind("links", "element to gene", "links", VERMILION, BIGINTERACT, LINKS, height=80, path=LINK + "bb", text=LINK + "bedpe"),
    Kind("genes", "genes by predicted expression", "genes", BLUE, "bigBed 9 +", GENES, height=60),
    Kind("predicted", "predicted expression", "predicted", SKY, BIGWIG, None),
    Kind("observed", "observed expression", "observed", BLACK, BIGWIG, None),
    Kind("extra_regions", "{assay}", "", PURPLE, "bigBed 4", None, hub={"visibility": "pack"}, height=35),
    Kind("extra_links", "{assay}", "", PURPLE, BIGINTERACT, None, hub={"visibility": "full"}, height=80),
)
KINDS = {kind.name: kind for kind in ROWS}


def views() -> list[View]:
    """The parts of a composite, in order."""
    named = {kind.view.name: kind.view for kind in KINDS.values() if kind.view}
    return list(named.values())
