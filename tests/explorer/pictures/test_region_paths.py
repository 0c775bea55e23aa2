"""The path of a region of a picture through channels to a class: its numbers, against an integral of our own."""

import numpy as np
import tensorflow as tf

from tests.explorer.small_classifier import IMAGES, LONG

SAMPLE, REGION, CLASS = 7, 5, 2
SIDE = {"row": slice(2, 4), "column": slice(4, 6)}  # rows 2-3, right


def credit(model, others):
    """What the pixels of the region bring to the class: 64 nodes between the sample and each of the others."""
    places, weights = np.polynomial.legendre.leggauss(64)
    row, total = IMAGES[SAMPLE : SAMPLE + 1], 0.0
    for other in others[:, None]:
        points = tf.constant(np.concatenate([other + (place + 1) / 2 * (row - other) for place in places]), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(points)
            logits = tf.math.log(model(points))
            wanted = logits[:, CLASS] - tf.reduce_mean(logits, axis=1)
        slope = tf.tensordot(weights / 2, np.asarray(tape.gradient(wanted, points), float), 1)
        by_pixel = (slope * (row - other)[0])[SIDE["row"], SIDE["column"]]
        total += float(tf.reduce_sum(by_pixel)) / len(others)
    return total


def test_every_layer_that_everything_passes_through_carries_what_the_region_brings(of_images):
    try:
        of_images.selected_sample = SAMPLE
        unit = of_images.diagram.network["layers"][0]["first_unit"]
        assert of_images.images.input_unit == of_images.evidence.input_unit == unit
        of_images.selected_unit, of_images.selected_class, of_images.edge_meaning = unit, CLASS, "path"
        of_images.diagram.selected_part = REGION
        assert of_images.wait(LONG)
        found = of_images.diagram.explained
        assert (found.reason, found.parts[0].name, found.features) == (None, "rows 2-3, right", (-1 - REGION,))
        expected = credit(of_images.diagram.model, of_images._data.explainer.background[0])
        place = found.path_classes.index(CLASS)
        for layer in ("edges", "corners", "answer"):
            flow = found.paths[layer]
            np.testing.assert_allclose(flow.total[0, place], expected, atol=0.02)
            np.testing.assert_allclose(flow.into[0, place].sum(), flow.total[0, place], atol=1e-5)
        of_images.clear()
        assert (of_images.diagram.selected_part, of_images.selected_unit, of_images.selected_class) == (None,) * 3
    finally:
        of_images.clear()
        of_images.selected_sample = None
        assert of_images.wait(LONG)
