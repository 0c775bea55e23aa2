import anywidget
import pytest
import traitlets

from .jupyter import cell_errors, execute, run_all, wait_until_run
from .page import set_from_python, show, wait_until
from .picture import Region, changed_share, colour_share, screenshot


class Counter(anywidget.AnyWidget):
    """A square whose colour is a trait, and a button that adds one to a shared count."""

    _esm = """
    export default { render({ model, el, signal }) {
      const square = el.appendChild(document.createElement("div"));
      square.className = "square";
      const button = el.appendChild(document.createElement("button"));
      const draw = () => {
        square.style.background = model.get("colour");
        button.textContent = `${model.get("count")} of ${model.get("limit").getUint8(0)}`;
      };
      button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
      model.on("change:colour change:count change:limit", draw);
      signal.addEventListener("abort", () => model.off("change:colour change:count change:limit", draw));
      draw();
    } };
    """
    _css = ".square { width: 100px; height: 100px; }"
    colour = traitlets.Unicode("#f59322").tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    limit = traitlets.Bytes(b"\x09").tag(sync=True)


def test_cells_run_in_jupyterlab_and_widgets_talk_to_the_kernel(notebook):
    page = notebook(["import ipywidgets\nslider = ipywidgets.IntSlider(3)", "slider"])
    run_all(page)
    page.wait_for_selector(".widget-slider")
    wait_until_run(page)
    assert execute(page, "slider.value") == "3"
    page.locator(".widget-slider .noUi-handle").press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.widget-readout').textContent === '4'")
    assert execute(page, "print(slider.value)") == "4\n"
    assert cell_errors(page) == []


def test_errors_of_cells_and_of_executed_code_are_seen(notebook):
    page = notebook(["1 / 0"])
    run_all(page)
    wait_until_run(page)
    assert cell_errors(page) == ["ZeroDivisionError: division by zero"]
    with pytest.raises(RuntimeError, match="NameError"):
        execute(page, "not_defined")


def test_kernels_import_the_nbviz_under_test(notebook):
    import nbviz

    page = notebook([""])
    assert execute(page, "import nbviz; print(nbviz.__file__)") == f"{nbviz.__file__}\n"


def test_page_shows_the_state_python_gave_and_records_what_the_front_end_saves(page, tmp_path):
    show(page, Counter(), tmp_path, width=400)
    assert page.locator("button").text_content() == "0 of 9"
    page.locator("button").click()
    assert page.locator("button").text_content() == "1 of 9"
    assert page.evaluate("window.changes") == [{"count": 1}]
    set_from_python(page, {"count": 5, "limit": b"\x07"})
    assert page.locator("button").text_content() == "5 of 7"
    assert page.evaluate("window.changes") == [{"count": 1}]


def test_page_compares_pictures_by_region(page, tmp_path):
    show(page, Counter(), tmp_path, width=400)
    square, beside = Region(0, 0, 100, 100), Region(200, 0, 100, 100)
    before = screenshot(page)
    assert colour_share(before, "#f59322", square) == 1
    set_from_python(page, {"colour": "#0877bd"})
    after = screenshot(page)
    assert changed_share(before, after, square) == 1
    assert changed_share(before, after, beside) == 0


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#111111")])
def test_page_has_the_ground_of_jupyterlab(page, tmp_path, theme, ground):
    show(page, Counter(), tmp_path, theme=theme, width=400)
    assert colour_share(screenshot(page), ground, Region(200, 0, 100, 100), tolerance=0) == 1


def test_page_shows_two_views_and_a_removed_view_leaves_no_listener(page, tmp_path):
    show(page, Counter(), tmp_path)
    listeners = page.evaluate("window.model.listener_count()")
    page.evaluate("window.show_again()")
    page.locator("button").first.click()
    assert page.locator("button").all_text_contents() == ["1 of 9", "1 of 9"]
    page.evaluate("window.remove_view(0)")
    assert page.locator("button").all_text_contents() == ["1 of 9"]
    assert page.evaluate("window.model.listener_count()") == listeners


def test_a_front_end_that_fails_is_told(page, problems, tmp_path):
    class Broken(anywidget.AnyWidget):
        _esm = "export default { render() { throw new Error('no such layer') } }"

    with pytest.raises(RuntimeError, match="no such layer"):
        show(page, Broken(), tmp_path)
    assert len(problems.texts) == 1
    problems.texts.clear()


def test_problems_of_a_page_are_collected(page, problems):
    page.set_content("<script>console.error('one'); setTimeout(() => { throw new Error('two') })</script>")
    wait_until(page, lambda: len(problems.texts) == 2)
    assert [text[:15] for text in problems.texts] == ["console: one", "uncaught: two"]
    problems.texts.clear()
