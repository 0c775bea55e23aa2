import base64
import hashlib
import html.parser
import re

import bqplot
import ipywidgets
import pytest
from comm.base_comm import BaseComm

import nbviz
from nbviz.page.content import Choice, PageContent

from .widgets import Box, Driver, code, moment, packed, saved_models, scripts, whole_text


@pytest.fixture
def path(tmp_path):
    return tmp_path / "page.html"


def kinds(path):
    return sorted(model["model_name"] for model in saved_models(path).values())


def test_a_secret_in_another_widget_is_not_in_the_page(path):
    secret = ipywidgets.Password("hunter2-4711")
    unrelated = ipywidgets.Text("also-not-4712")
    link = ipywidgets.jslink((secret, "value"), (unrelated, "value"))
    nbviz.save_html(ipywidgets.VBox([ipywidgets.HTML("open to all")]), path)
    text = whole_text(path)
    assert "open to all" in text
    for hidden in ("hunter2-4711", "also-not-4712", secret.model_id, unrelated.model_id, link.model_id):
        assert hidden not in text


def test_links_among_the_saved_widgets_are_saved_and_links_to_others_are_not(path):
    one, two, outside = ipywidgets.IntSlider(), ipywidgets.IntText(), ipywidgets.IntSlider()
    inner = ipywidgets.jslink((one, "value"), (two, "value"))
    directed = ipywidgets.jsdlink((one, "max"), (two, "value"))
    outer = ipywidgets.jslink((one, "value"), (outside, "value"))
    nbviz.save_html(ipywidgets.HBox([one, two]), path)
    models = saved_models(path)
    assert models[inner.model_id]["state"]["source"] == [f"IPY_MODEL_{one.model_id}", "value"]
    assert models[directed.model_id]["model_name"] == "DirectionalLinkModel"
    assert outer.model_id not in models
    assert outside.model_id not in models


def test_widgets_that_a_bqplot_figure_refers_to_are_saved(path):
    x, y = bqplot.OrdinalScale(), bqplot.LinearScale()
    bars = bqplot.Bars(x=["a", "b"], y=[1.0, 2.0], scales={"x": x, "y": y})
    nbviz.save_html(bqplot.Figure(marks=[bars], axes=[bqplot.Axis(scale=x)]), path)
    assert {"FigureModel", "BarsModel", "OrdinalScaleModel", "LinearScaleModel", "AxisModel"} <= set(kinds(path))
    assert any('window.define("bqplot"' in script for script in code(path)["scripts"])


def test_only_the_code_that_the_widgets_need_is_in_the_page(path):
    nbviz.save_html(ipywidgets.HTML("words"), path)
    scripts = "".join(code(path)["scripts"])
    assert "requirejs" in scripts
    assert 'window.define("bqplot"' not in scripts
    assert 'window.define("anywidget"' not in scripts
    assert "Font Awesome 5 Free" not in code(path)["styles"]
    nbviz.save_html(ipywidgets.Button(icon="check"), path)
    assert "Font Awesome 5 Free" in code(path)["styles"]


def test_the_page_carries_the_licences_of_what_is_in_it(path):
    nbviz.save_html(bqplot.Figure(display_toolbar=False), path)
    (licences,) = scripts(path, "text/plain")
    for package in ("@jupyter-widgets/html-manager", "requirejs", "jquery", "bqplot"):
        assert package in licences
    assert "anywidget" not in licences
    assert "Apache License" in licences
    assert "Redistributions in binary form must reproduce" in licences
    assert "Font Awesome" not in licences
    nbviz.save_html(Driver(), path)
    assert "anywidget" in scripts(path, "text/plain")[0]


def test_the_policy_lets_nothing_out_and_only_these_scripts_run(path):
    nbviz.save_html(Driver(), path)
    text = path.read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"]
    allowed = " ".join(source for sources in rules.values() for source in sources)
    for loose in ("http", "*", "'self'", "file:", "unsafe-eval"):
        assert loose not in allowed
    running = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = {f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in running}
    assert set(rules["script-src"]) == digests | {"blob:"}
    # The policy holds from where it stands.
    assert text.index("Content-Security-Policy") < text.index("<script")


def test_markup_in_names_and_title_stays_text(path):
    evil = "</script><script>alert(1)</script><!-- <script> é ≤ \u2028"
    driver = Driver()
    nbviz.save_html(ipywidgets.VBox([driver, ipywidgets.Label(evil)]), path, title=f"</title>{evil}&amp;")

    class Reader(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags, self.title = [], ""

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)

        def handle_data(self, data):
            self.title += data * (self.tags[-1:] == ["title"])

    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    assert reader.title.startswith(f"</title>{evil}&amp;")
    plain = path.with_name("plain.html")
    nbviz.save_html(ipywidgets.VBox([driver, ipywidgets.Label("name")]), plain)
    expected = Reader()
    expected.feed(plain.read_text("utf-8"))
    assert reader.tags == expected.tags
    assert [m["state"]["value"] for m in saved_models(path).values() if m["model_name"] == "LabelModel"] == [evil]


def test_no_source_map_is_asked_for(path):
    nbviz.save_html(bqplot.Figure(), path)
    text = "\n".join(code(path)["scripts"])
    assert 'window.define("bqplot"' in text
    assert not re.search(r"^//# sourceMappingURL=\S+\.map$", text, re.MULTILINE)


def test_not_a_number_is_null_in_the_state(path):
    nbviz.save_html(ipywidgets.FloatText(float("nan")), path)
    (state,) = [m["state"] for m in saved_models(path).values() if m["model_name"] == "FloatTextModel"]
    assert state["value"] is None


def test_moments_hold_what_each_trait_sends(path):
    x, y = bqplot.OrdinalScale(), bqplot.LinearScale()
    bars = bqplot.Bars(x=["a", "b"], y=[1.0, 2.0], scales={"x": x, "y": y})
    driver, words = Driver(), ipywidgets.HTML("none")
    content = PageContent(
        driver,
        {
            None: {words: {"value": "none"}},
            3: {bars: {"y": [5.0, 6.0]}, driver: {"data": b"three"}, words: {"value": "third"}},
            4: {bars: {"y": [5.0, 6.0]}, driver: {"data": b"four"}},
        },
    )
    nbviz.save_html(Box([driver, words, bqplot.Figure(marks=[bars])], content), path)
    assert moment(path, "null") == {words.model_id: {"value": "none"}}
    third = moment(path, "3")
    assert third[driver.model_id] == {"data": b"three"}
    assert third[words.model_id] == {"value": "third"}
    header, parts = packed(path)
    follower = header["followers"][0]
    assert (follower["driver"], follower["saved"]) == (driver.model_id, None)
    indices = [follower["moments"][sample][bars.model_id]["y"] for sample in ("3", "4")]
    assert indices[0] == indices[1]
    value = header["values"][indices[0]]
    # bqplot sends float64 as it is: 5.0, 6.0.
    assert value["json"]["dtype"] == "float64"
    ((where, start, size),) = value["buffers"]
    assert (where, parts[start : start + size]) == (["value"], b"\0\0\0\0\0\0\x14\x40\0\0\0\0\0\0\x18\x40")


def test_a_choice_has_moments_of_its_own_beside_those_of_samples(path):
    driver, menu, words = Driver(), ipywidgets.Dropdown(options=["a", "b"], value="b"), ipywidgets.HTML("b")
    choice = Choice(menu, "index", {at: {words: {"value": name}} for at, name in enumerate("ab")})
    nbviz.save_html(
        Box([driver, menu, words], PageContent(driver, {1: {driver: {"data": b"one"}}}, {}, [choice])), path
    )
    header, _ = packed(path)
    assert [(each["driver"], each["trait"], each["saved"]) for each in header["followers"]] == [
        (driver.model_id, "selected_sample", None),
        (menu.model_id, "index", 1),
    ]
    told = header["followers"][1]["moments"]
    assert {key: header["values"][of[words.model_id]["value"]]["json"] for key, of in told.items()} == {
        "0": "a",
        "1": "b",
    }
    nbviz.save_html(Box([menu, words], PageContent(choices=[choice])), path)
    assert len(packed(path)[0]["followers"]) == 1
    with pytest.raises(ValueError, match=r"moments of widgets that are in the page\. Received HTML"):
        nbviz.save_html(Box([menu], PageContent(choices=[choice])), path)


def test_a_page_that_opens_at_another_sample_is_told_so(path):
    driver = Driver()
    content = PageContent(driver, {1: {driver: {"data": b"one"}}}, {driver: {"selected_sample": 1, "data": b"one"}})
    nbviz.save_html(Box([driver], content), path)
    (follower,) = packed(path)[0]["followers"]
    assert follower["saved"] == saved_models(path)[driver.model_id]["state"]["selected_sample"] == 1


def test_widgets_inside_one_that_speaks_for_them_are_not_asked(path):
    driver = Driver()
    inner = Box([driver], PageContent(driver, {1: {driver: {"data": b"inner"}}}))
    nbviz.save_html(ipywidgets.VBox([ipywidgets.VBox([inner])]), path)
    assert moment(path, "1")[driver.model_id] == {"data": b"inner"}
    nbviz.save_html(Box([inner], PageContent(driver, {1: {driver: {"data": b"outer"}}})), path)
    assert len(packed(path)[0]["followers"]) == 1
    assert moment(path, "1")[driver.model_id] == {"data": b"outer"}


def test_widgets_that_only_a_moment_refers_to_are_saved(path):
    driver, place, later = Driver(), ipywidgets.VBox(), ipywidgets.Label("later")
    nbviz.save_html(Box([driver, place], PageContent(driver, {0: {place: {"children": [later]}}})), path)
    assert saved_models(path)[later.model_id]["state"]["value"] == "later"
    assert moment(path, "0")[place.model_id] == {"children": [f"IPY_MODEL_{later.model_id}"]}


def test_the_live_widgets_neither_change_nor_hear_of_it(path, monkeypatch):
    driver, button = Driver(), ipywidgets.Button(description="Train")
    content = PageContent(
        driver, {0: {driver: {"data": b"zero"}}}, {button.layout: {"display": "none"}, driver: {"data": b"in the page"}}
    )
    box = Box([driver, button], content)
    fired, sent = [], []
    for widget in (box, driver, button, button.layout):
        widget.observe(fired.append)
    monkeypatch.setattr(BaseComm, "send", lambda *given, **named: sent.append(given))
    monkeypatch.setattr(BaseComm, "open", lambda *given, **named: sent.append(given))
    nbviz.save_html(box, path)
    assert (fired, sent) == ([], [])
    assert (driver.data, button.layout.display) == (b"live", None)
    models = saved_models(path)
    assert models[button.layout.model_id]["state"]["display"] == "none"
    (buffer,) = models[driver.model_id]["buffers"]
    assert buffer == {
        "encoding": "base64",
        "path": ["data"],
        "data": base64.b64encode(b"in the page").decode(),
    }


def test_an_override_leaves_the_other_traits_as_they_are(path):
    driver = Driver(tooltip="stays")
    nbviz.save_html(Box([driver], PageContent(overrides={driver: {"selected_sample": 5}})), path)
    model = saved_models(path)[driver.model_id]
    assert (model["state"]["selected_sample"], model["state"]["tooltip"]) == (5, "stays")
    assert [(buffer["path"], base64.b64decode(buffer["data"])) for buffer in model["buffers"]] == [(["data"], b"live")]


def test_what_an_override_leaves_out_is_not_saved(path):
    driver, shown, hidden = Driver(), ipywidgets.Label("shown"), ipywidgets.Label("only with a kernel")
    tab = ipywidgets.VBox([shown, ipywidgets.HBox([hidden])])
    ipywidgets.jslink((shown, "value"), (hidden, "placeholder"))
    kept = ipywidgets.jslink((shown, "tooltip"), (driver, "tooltip"))
    nbviz.save_html(Box([driver, tab], PageContent(overrides={tab: {"children": [shown]}})), path)
    assert "only with a kernel" not in whole_text(path)
    links = [identity for identity, model in saved_models(path).items() if model["model_name"] == "LinkModel"]
    assert links == [kept.model_id]
    assert tab.children[1].children == (hidden,)


def test_a_widget_in_many_places_and_in_circles_is_saved_once(path):
    shared = ipywidgets.Label("shared")
    nbviz.save_html(ipywidgets.HBox([shared, ipywidgets.VBox([shared])]), path)
    assert whole_text(path).count('"value":"shared"') == 1


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (
            lambda d, o: PageContent(d, {0: {o: {"value": "x"}}}),
            ValueError,
            "widgets that are in the page. Received HTML",
        ),
        (lambda d, o: PageContent(o, {}), ValueError, "widgets that are in the page. Received HTML"),
        (lambda d, o: PageContent(d, {}, {o: {"value": "x"}}), ValueError, "overrides of widgets that are in the page"),
        (lambda d, o: PageContent(d, {0: {d: {"frames": 1}}}), ValueError, "Received 'frames'; it sends"),
        (lambda d, o: PageContent(d, {0: {d: {"selected_sample": "x"}}}), TypeError, "Driver.selected_sample"),
        (lambda d, o: PageContent(d.layout, {}), ValueError, "a driver with a trait selected_sample. Received Layout"),
    ],
)
def test_content_that_does_not_fit_is_refused_and_nothing_is_written(path, content, error, words):
    driver, outside = Driver(), ipywidgets.HTML("outside")
    path.write_text("before")
    with pytest.raises(error, match=re.escape(words)):
        nbviz.save_html(Box([driver], content(driver, outside)), path)
    assert path.read_text() == "before"
    assert list(path.parent.iterdir()) == [path]


def test_the_wheel_takes_along_what_pages_need(project):
    from nbviz.page.bundle import STATIC

    names = {file.name for file in (STATIC / "page").iterdir()}
    assert names == {
        "icons.css",
        "icons.licences.txt",
        "require.js",
        "runtime.css",
        "runtime.js",
        "runtime.licences.txt",
        "start.js",
    }
    lock = (project / "nbviz" / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in lock


def test_what_is_no_live_widget_is_refused(path):
    with pytest.raises(TypeError, match=r"a widget that can be displayed. Received dict; make one with nbviz.explore"):
        nbviz.save_html({}, path)
    with pytest.raises(TypeError, match="Received Layout"):
        nbviz.save_html(ipywidgets.Layout(), path)
    closed = ipywidgets.HTML()
    closed.close()
    with pytest.raises(ValueError, match="Received a closed HTML"):
        nbviz.save_html(closed, path)
    assert not path.exists()


def test_a_widget_without_browser_code_is_named(path):
    widget = ipywidgets.HTML()
    widget._model_module = "no-such-widgets"
    with pytest.raises(FileNotFoundError, match="browser code of the widgets of 'no-such-widgets'"):
        nbviz.save_html(widget, path)
    assert not path.exists()
