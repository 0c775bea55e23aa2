"""What recurrent and attention layers do, as the face of their block: colours on the canvas against known states."""

import keras
import numpy as np
import pytest

import nbviz

from .page import rest, set_from_python, show
from .picture import changed_share, screenshot

L = keras.layers
BLUE, ORANGE = "#0877bd", "#f59322"
SERIES = np.array([[0, 0.5, 1, -1], [1, -1, 0.5, 0]], "float32")


@pytest.fixture
def copying():
    """A recurrent layer that returns the last state only: unit 0 copies the input, unit 1 its opposite."""
    layer = L.SimpleRNN(2, activation=None, name="copy")
    model = keras.Sequential([keras.Input((4, 1), name="series"), layer, L.Dense(1, name="answer")])
    layer.set_weights([np.array([[1.0, -1.0]]), np.zeros((2, 2)), np.zeros(2)])
    return nbviz.NetworkDiagram(model, SERIES[..., None]).show(0)


def block_on(page, diagram, name):
    """Pixels of a block, (height, width, 3)."""
    box = box_of(page, diagram, name)
    left, top = round(box["x"]), round(box["y"])
    return screenshot(page)[top : top + round(box["height"]), left : left + round(box["width"])]


def box_of(page, diagram, name):
    unit = next(layer["first_unit"] for layer in diagram.network["layers"] if layer["name"] == name)
    return page.locator(f"[data-unit='{unit}']").first.bounding_box()


def is_colour(pixels, colour, tolerance=6):
    wanted = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
    return np.abs(pixels.astype(int) - wanted).max(axis=-1) <= tolerance


def span(mask):
    """(top, bottom, left, right) of where a mask is True; it must be a full rectangle but for a rounded corner."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    assert mask.sum() > 0.93 * (bottom - top) * (right - left)
    return top, bottom, left, right


def test_the_face_of_a_recurrent_layer_has_a_row_for_each_unit_and_a_column_for_each_step(page, copying, tmp_path):
    show(page, copying, tmp_path, width=900)
    block = block_on(page, copying, "copy")
    blue, orange = is_colour(block, BLUE), is_colour(block, ORANGE)
    middle = (np.nonzero(blue.any(axis=1))[0].min() + np.nonzero(blue.any(axis=1))[0].max() + 1) // 2
    # Unit 0 is the series 0, 0.5, 1, -1; unit 1 the opposite.
    first, second = span(blue[:middle]), span(orange[:middle])
    assert first[:2] == pytest.approx(second[:2], abs=1)
    assert first[3] == pytest.approx(second[2], abs=1)
    below = span(orange[middle:]), span(blue[middle:])
    assert below[0][2:] == pytest.approx(first[2:], abs=1)
    assert below[1][2:] == pytest.approx(second[2:], abs=1)
    # Half as strong one step earlier, and nothing at the first step.
    width, row = first[3] - first[2], (first[0] + first[1]) // 2
    half, nothing = block[row, first[2] - width // 2], block[row, first[2] - width * 3 // 2]
    blue_end, ground = np.array([0x08, 0x77, 0xBD]), np.array([255, 255, 255])
    assert np.abs(half - (blue_end + ground) / 2).max() < 24
    assert np.abs(nothing - ground).max() < 12


def test_another_sample_changes_the_face(page, copying, tmp_path):
    show(page, copying, tmp_path, width=900)
    before = block_on(page, copying, "copy")
    copying.show(1)
    set_from_python(page, {"frame": copying.frame})
    rest(page)
    after = block_on(page, copying, "copy")
    assert changed_share(before, after) > 0.2
    assert where_blue_begins(after) < where_blue_begins(before)  # the largest state of unit 0 comes first


def where_blue_begins(block):
    """Column where the full blue of the upper row begins."""
    blue = is_colour(block, BLUE)
    rows = np.nonzero(blue.any(axis=1))[0]
    return blue[: (rows[0] + rows[-1]) // 2].any(axis=0).argmax()


def test_pointing_at_a_block_tells_what_its_face_shows(page, copying, tmp_path):
    show(page, copying, tmp_path, width=900)
    box = box_of(page, copying, "copy")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    rest(page)
    assert page.get_by_text("2 units × 4 steps").first.is_visible()


def test_without_data_a_block_has_words_instead(page, copying, tmp_path):
    show(page, nbviz.NetworkDiagram(copying.model), tmp_path, width=900)
    block = block_on(page, nbviz.NetworkDiagram(copying.model), "copy")
    assert not is_colour(block, BLUE).any()
    assert np.ptp(block.astype(int), axis=-1).max() < 40  # grey words on grey


@pytest.fixture
def attentive():
    """Eight heads that see only what came before, then a Bidirectional layer, over tokens with padding."""
    keras.utils.set_random_seed(0)
    tokens = keras.Input((24,), dtype="int32", name="tokens")
    x = L.Embedding(50, 16, mask_zero=True, name="words")(tokens)
    x = L.MultiHeadAttention(8, 8, name="attention")(x, x, use_causal_mask=True)
    x = L.Bidirectional(L.GRU(12), name="both_ways")(x)
    model = keras.Model(tokens, L.Dense(3, activation="softmax", name="mood")(x))
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=weight.shape) * 0.6 for weight in model.get_weights()])
    rows = random.integers(1, 50, (20, 24))
    rows[:, 18:] = 0
    return nbviz.NetworkDiagram(model, rows).show(0)


@pytest.mark.parametrize("width", [600, 1300])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_heads_are_seen_side_by_side_each_with_its_past_only(page, attentive, tmp_path, screenshots, theme, width):
    show(page, attentive, tmp_path, theme=theme, width=width)
    page.screenshot(path=screenshots / f"block_faces_{theme}_{width}.png")
    block = block_on(page, attentive, "attention").astype(int)
    # Scores are from 0 to 1: shades of blue only.
    blue = block[..., 2] - block[..., 0] > 60
    assert blue.mean() > 0.01
    assert not (block[..., 0] - block[..., 2] > 60).any()
    # The first query of every head sees the first key alone: a full blue square at the left of each of two rows.
    rows = np.nonzero(blue.sum(axis=1) >= 4)[0]
    top = blue[rows[0] : rows[0] + 2].any(axis=0)
    starts = np.nonzero(np.diff(top.astype(int), prepend=0) == 1)[0]
    assert len(starts) == 4
    assert np.ptp(np.diff(starts)) <= 2
