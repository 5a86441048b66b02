"""Colours that stand for different things look different to people with any of the three dichromacies."""

from itertools import combinations

import numpy as np
import pytest

from seq2exp_py.writers.palette import CLASS_COLOUR, SERIES, TRACK_COLOUR

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65
TOLD_APART = 15  # CIE76; a difference of 2.3 is just seen side by side


def lab(colour, vision):
    """CIE L*a*b* of an sRGB colour as it is seen."""
    value = np.array(colour) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = TO_XYZ @ np.clip(np.array(vision) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION)
@pytest.mark.parametrize(
    "colours", [CLASS_COLOUR.values(), set(TRACK_COLOUR.values()), SERIES], ids=["classes", "tracks", "series"]
)
def test_no_two_colours_look_alike(vision, colours):
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > TOLD_APART, (one, other)
