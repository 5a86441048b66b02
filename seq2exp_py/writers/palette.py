"""Colours that every track, page and plot of a run shares, so that a thing has one colour everywhere.

The colours are the Okabe-Ito set, which people with any of the common colour blindnesses can tell apart (Okabe & Ito 2008, Color
Universal Design), and a grey that is light enough for them not to be taken for its green or purple.
"""

RGB = tuple[int, int, int]

BLACK: RGB = (0, 0, 0)
ORANGE: RGB = (230, 159, 0)
SKY: RGB = (86, 180, 233)
GREEN: RGB = (0, 158, 115)
YELLOW: RGB = (240, 228, 66)
BLUE: RGB = (0, 114, 178)
VERMILION: RGB = (213, 94, 0)
PURPLE: RGB = (204, 121, 167)
GREY: RGB = (192, 192, 192)

CLASSES = ("promoter", "DNase", "H3K27ac", "none")
CLASS_COLOUR: dict[str, RGB] = {"promoter": VERMILION, "DNase": BLUE, "H3K27ac": GREEN, "none": GREY}
TRACK_COLOUR: dict[str, RGB] = {"mask": VERMILION, "DNase": BLUE, "ATAC": BLUE, "H3K27ac": GREEN, "HiC": PURPLE, "peaks": GREY}
SERIES: tuple[RGB, ...] = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK, GREY)


def rgb(colour: RGB) -> str:
    """A colour as BED and bigInteract write it: `213,94,0`."""
    return ",".join(map(str, colour))


def hexa(colour: RGB) -> str:
    """A colour as HTML writes it: `#d55e00`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def shade(score: int, colour: RGB = VERMILION) -> RGB:
    """The colour of a score from 0 (pale) to 1000 (full)."""
    part = 0.2 + 0.8 * min(max(score, 0), 1000) / 1000
    red, green, blue = (round(255 + part * (c - 255)) for c in colour)
    return red, green, blue
