"""The module that all widgets share: where it finds the code of a view, and what a page holds of it."""

import base64
import gzip
import json

import ipywidgets
import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz
from nbviz.page.bundle import built_file
from tests.page.widgets import saved_models

from .page import show


@pytest.fixture(scope="module")
def diagram():
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(2, "softmax")])
    return nbviz.NetworkDiagram(model, np.random.default_rng(7).normal(size=(40, 5)))


# A model in a front end that does not hand widgets to one another, or has not read the others yet.
ALONE = """async answer => {
  const listeners = [];
  const state = { ...Object.fromEntries(["network", "frame", "height"].map(name => [name, window.model.get(name)])),
                  _code: "IPY_MODEL_elsewhere" };
  window.asked = [];
  const model = {
    get: name => state[name] ?? null, set() {}, save_changes() {},
    on: (event, handler) => event === "msg:custom" && listeners.push(handler), off() {},
    send: content => {
      window.asked.push(content.type);
      if (content.type === "code" && answer) setTimeout(() => listeners.forEach(handler => handler(answer, [])));
    },
    widget_manager: { get_model: async id => {
      const found = window.arrived?.[id.replace("elsewhere", window.entry)];
      if (!found) throw new Error("no such model");
      return { get: name => found[name] };
    } },
  };
  const front_end = (await import("./view.js")).default;
  const el = document.createElement("div");
  el.className = "alone";
  document.body.append(el);
  front_end.render({ model, el, signal: new AbortController().signal });
}"""


def code_of(widget):
    files = widget._code.files()
    return {key: file.get_state(["source", "style", "imports"]) for key, file in files.items()}


def test_where_the_page_has_no_code_the_kernel_is_asked_and_its_answer_is_drawn(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    sent = []
    answering = type("Answering", (), {"_code": diagram._code, "send": lambda self, content: sent.append(content)})()
    type(diagram)._receive(answering, answering, {"type": "code"}, [])
    page.evaluate(ALONE, json.loads(json.dumps(sent[-1])))
    page.wait_for_selector(".alone canvas", timeout=60_000)
    assert page.evaluate("() => window.asked[0]") == "code"


def test_code_that_comes_into_the_page_later_is_found_without_a_kernel(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    page.evaluate(ALONE, None)
    page.wait_for_function("() => window.asked.includes('code')", timeout=60_000)
    assert page.locator(".alone canvas").count() == 0
    page.evaluate(
        "([files, entry]) => { window.entry = entry; window.arrived = files; }",
        [code_of(diagram), diagram._code.model_id],
    )
    page.wait_for_selector(".alone canvas", timeout=60_000)


def test_code_that_does_not_come_is_told_and_asked_for_again(page, diagram, tmp_path):
    page.clock.install()
    show(page, diagram, tmp_path)
    page.evaluate(ALONE, None)
    page.clock.fast_forward(9_000)
    line = page.locator(".alone [role=status]")
    expect(line).to_have_count(0)
    page.clock.fast_forward(1_000)
    expect(line).to_contain_text("Waiting for the code of this view: nothing has come for ten seconds.")
    assert page.evaluate("() => window.asked.filter(type => type === 'code').length") == 1
    line.get_by_role("button", name="Try again").click()
    expect(line).to_have_count(0)
    page.wait_for_function("() => window.asked.filter(type => type === 'code').length === 2")
    page.evaluate(
        "([files, entry]) => { window.entry = entry; window.arrived = files; }",
        [code_of(diagram), diagram._code.model_id],
    )
    page.clock.fast_forward(3_000)
    page.wait_for_selector(".alone canvas", timeout=60_000)
    expect(line).to_have_count(0)


def test_two_views_share_one_evaluation_of_their_code_and_one_style_sheet(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    page.evaluate("() => window.show_again()")
    sheets = page.evaluate(
        "text => [...document.querySelectorAll('style')].filter(style => style.textContent === text).length",
        built_file("network_diagram.js").style,
    )
    assert sheets == 1
    assert page.locator(".nbviz-network").count() == 2


def test_a_page_holds_each_file_once_however_many_widgets_it_shows(diagram, tmp_path):
    others = [nbviz.NetworkDiagram(diagram.model) for _ in range(3)]
    path = nbviz.save_html(ipywidgets.VBox([diagram, *others]), tmp_path / "four.html")
    sources = [
        model["state"]["source"] for model in saved_models(path).values() if model["model_name"] == "WidgetModel"
    ]
    assert len(sources) == len(set(sources))
    assert built_file("network_diagram.js").source in [
        gzip.decompress(base64.b64decode(each)).decode() for each in sources
    ]
