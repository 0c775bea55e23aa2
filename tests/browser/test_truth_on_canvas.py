"""The canvas shows the numbers: strokes of a hand-made 2-3-2 network measured in pixels against the printed scale."""

import math

import keras
import numpy as np
import pytest

import nbviz

from .page import show
from .picture import screenshot

ZOOM = 4
GROUND = np.array([255.0, 255.0, 255.0])
ZERO = np.array([0xE8, 0xEA, 0xEB], float)
ENDS = {-1: np.array([0xF5, 0x93, 0x22], float), 1: np.array([0x08, 0x77, 0xBD], float)}

# The scale of each gap is its largest |w|: 2 and 4. Everything else is 0, so that the edges measured stand alone.
FIRST = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, -1.0]], "float32")
SECOND = np.array([[-4.0, 0.0], [0.0, 0.0], [0.0, 3.0]], "float32")
EDGES = [  # source layer, unit, target layer, unit, share of the scale
    (0, 0, 1, 0, 1.0),
    (0, 1, 1, 2, -0.5),
    (1, 0, 2, 0, -1.0),
    (1, 2, 2, 1, 0.75),
]


@pytest.fixture
def hand_made():
    """2-3-2 with the weights above. Two inputs make a plane, so that units are faces with thicker strokes."""
    model = keras.Sequential(
        [
            keras.Input((2,), name="in"),
            keras.layers.Dense(3, name="hidden"),
            keras.layers.Dense(2, name="out"),
        ]
    )
    model.set_weights([FIRST, np.zeros(3), SECOND, np.zeros(2)])
    return nbviz.NetworkDiagram(model)


def test_width_colour_and_opacity_match_the_printed_scale(browser, hand_made, tmp_path):
    context = browser.new_context(device_scale_factor=ZOOM)
    page = context.new_page()
    show(page, hand_made, tmp_path, width=900, height=620)
    pixels = screenshot(page).astype(float)
    first_unit = {layer["name"]: layer["first_unit"] for layer in hand_made.network["layers"]}
    names = list(first_unit)

    def centre(layer, unit):
        box = page.locator(f"[data-unit='{first_unit[names[layer]] + unit}']").first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    for source, row, target, column, share in EDGES:
        (x0, y0), (x1, y1) = centre(source, row), centre(target, column)
        side = hand_made.network["layers"][source]["size"]
        x0, x1 = x0 + side / 2, x1 - side / 2
        # Halfway along a cubic with horizontal tangents the slope is twice that of the chord.
        steep = math.hypot(1, 2 * (y1 - y0) / (x1 - x0))
        x, y = round((x0 + x1) / 2 * ZOOM), (y0 + y1) / 2 * ZOOM
        profile = pixels[round(y) - 60 : round(y) + 60, x]
        opacity = 0.28 + 0.68 * abs(share) ** 1.3
        pure = ZERO + (ENDS[1 if share > 0 else -1] - ZERO) * abs(share)
        expected = GROUND + (pure - GROUND) * opacity
        assert np.abs(profile[60] - expected).max() < 8, (names[source], row, column)
        # Grey edges of weight 0 may cross: count what is coloured.
        coloured = np.ptp(profile, axis=1) > np.ptp(expected) / 2
        thickness = coloured.sum() / ZOOM / steep
        assert thickness == pytest.approx(0.8 + 5 * abs(share), abs=0.35), (names[source], row, column)
    context.close()
