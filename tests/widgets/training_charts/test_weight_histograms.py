import numpy as np
import pytest

from nbviz.page.content import PageContent
from nbviz.widgets.training_charts.weight_histograms import WeightHistograms
from tests.recorded_run import RecordedRun


def panels(histograms):
    return list(histograms._panels.children)


def ridges(panel):
    """Height of each ridge above its row, the oldest first."""
    y = np.asarray(panel._ridges.y)
    return y - y[:, :1]


def test_each_layer_with_weights_has_a_panel_with_its_size():
    histograms = WeightHistograms(RecordedRun(4))
    assert [panel._layer for panel in panels(histograms)] == ["dense_0", "dense_1", "dense_2"]
    assert "kernel 13 × 32" in panels(histograms)[0]._words.value


def test_a_moment_is_a_ridge_of_its_exact_weights():
    histograms = WeightHistograms(RecordedRun(4))
    panel = panels(histograms)[0]
    heights = ridges(panel)
    assert len(heights) == 5
    x = np.asarray(panel._ridges.x)[0]
    for moment, height in enumerate(heights):
        # Uniform from -w to w: as wide as the weights were, the same area.
        width = 0.2 + 0.01 * 2 * moment
        assert height[np.abs(x) > width + 0.1].max(initial=0) < 0.02 * height.max()
        assert height[np.abs(x) < 0.6 * width].min() > 0.5 * height.max()
    assert (np.abs(x) > 0.3).sum() > 5  # so that the first ridge is seen to end
    areas = np.trapezoid(heights, x, axis=1)
    np.testing.assert_allclose(areas, areas.mean(), rtol=0.02)


def test_a_long_run_has_at_most_16_ridges_numbered_by_epoch():
    histograms = WeightHistograms(RecordedRun(60))
    panel = panels(histograms)[0]
    assert len(ridges(panel)) == 16
    words = [word for word in panel._labels.text.tolist() if word]
    assert words == ["0", "12", "24", "36", "48", "60"]
    assert histograms.cursor.timing["ridges"][0] == [*range(0, 120, 8), 120]
    assert histograms.cursor.timing["shown_words"][0][11] == "44"


@pytest.mark.parametrize(
    ("quantity", "title", "caption"),
    [
        ("biases", "Weights", "bias 32"),
        ("gradients", "Gradients", "gradient of the kernel"),
        ("activations", "Activations", "activations of the probe rows"),
    ],
)
def test_the_switch_shows_another_quantity(quantity, title, caption):
    histograms = WeightHistograms(RecordedRun(4))
    before = ridges(panels(histograms)[0])
    histograms._quantities.value = quantity
    assert histograms.quantity == quantity
    assert title in histograms._title.value
    assert caption in panels(histograms)[0]._words.value
    assert not np.array_equal(ridges(panels(histograms)[0]), before)


def test_activations_of_relu_begin_at_zero():
    histograms = WeightHistograms(RecordedRun(4))
    histograms.quantity = "activations"
    panel = panels(histograms)[0]
    assert panel._x.min == 0
    assert panel.place["past"][1].endswith("-past-above)")
    histograms.quantity = "kernels"
    assert panel._x.min == -panel._x.max
    assert panel.place["past"][1].endswith("-past-both)")


def test_without_rows_it_says_why_there_is_nothing():
    histograms = WeightHistograms(RecordedRun(4, probe=False))
    histograms.quantity = "gradients"
    assert "Recording(model, x, y) keeps them" in panels(histograms)[0]._words.value
    histograms.quantity = "activations"
    assert "Recording(model, x) keeps them" in panels(histograms)[0]._words.value
    histograms.view = "bands"
    assert len(panels(histograms)) == 3


def test_bands_are_the_percentiles_of_each_moment():
    run = RecordedRun(4)
    histograms = WeightHistograms(run)
    histograms.view = "bands"
    panel = panels(histograms)[0]
    kernels = [moment.state.kernels(None)["dense_0"][0] for moment in run.moments]
    assert np.asarray(panel._median.x).tolist() == [0, 1, 2, 3, 4]
    for mark, shares in ((panel._outer, (0.95, 0.05)), (panel._inner, (0.75, 0.25)), (panel._median, (0.5,))):
        expected = [[np.quantile(kernel, share) for kernel in kernels] for share in shares]
        np.testing.assert_allclose(np.atleast_2d(mark.y), expected, atol=0.004)
    histograms.view = "ridges"
    assert len(ridges(panels(histograms)[0])) == 5


def test_it_grows_with_the_run():
    run = RecordedRun(0)
    histograms = WeightHistograms(run)
    for _ in range(3):
        run.train()
    assert histograms._throttle.wait(60)
    assert len(ridges(panels(histograms)[0])) == 4
    histograms.close()
    assert run.listeners == 0


def test_what_was_worked_out_once_is_kept(monkeypatch):
    run = RecordedRun(3)
    histograms = WeightHistograms(run)
    read = []
    import nbviz.widgets.training_charts.weight_histograms as module

    real = module._read
    monkeypatch.setattr(module, "_read", lambda moment, *rest: read.append(moment.step) or real(moment, *rest))
    histograms.refresh()
    assert read == []
    run.take(8)
    histograms.refresh()
    assert read == [8, 8, 8]


def test_before_the_first_moment_it_says_what_to_do():
    run = RecordedRun(0)
    run.moments = ()
    histograms = WeightHistograms(run)
    assert "No moment yet" in histograms._title.value
    assert panels(histograms) == []


def test_of_many_layers_the_first_and_last_four_are_shown_and_others_can_be_chosen():
    run = RecordedRun(1, shapes=[(4, 4)] * 12)
    histograms = WeightHistograms(run)
    assert [panel._layer for panel in panels(histograms)] == [f"dense_{i}" for i in (0, 1, 2, 3, 8, 9, 10, 11)]
    assert "8 of 12 layers" in histograms._title.value
    chosen = WeightHistograms(run, layers=["dense_5"])
    assert [panel._layer for panel in panels(chosen)] == ["dense_5"]
    with pytest.raises(ValueError, match=r"dense_0, .*Received dense_99"):
        WeightHistograms(run, layers=["dense_99"])


def test_what_is_no_recording_is_refused():
    with pytest.raises(TypeError, match=r"Expected a Recording\. Received dict"):
        WeightHistograms({})


def test_a_page_leaves_out_the_switches():
    histograms = WeightHistograms(RecordedRun(1))
    content = histograms.page_content()
    assert isinstance(content, PageContent)
    assert [values for values in content.overrides.values()] == [{"display": "none"}] * 2


def test_names_of_layers_are_text():
    run = RecordedRun(1)
    kernels = {"<b>layer": run.moments[0].state.kernels(None)["dense_0"]}
    for moment in run.moments:
        moment.state.kernels, moment.state.layers = lambda model: kernels, kernels
    histograms = WeightHistograms(run)
    assert "<b>" not in panels(histograms)[0]._words.value
