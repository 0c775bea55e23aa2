"""A widget in a bare page: its real bundle and the state Python gave it, without Jupyter. Starts in half a second.

Example:
    show(page, diagram, folder, theme="dark", width=600)
    page.evaluate("window.changes")                       # what the front end saved: [{"selected_unit": 3}, ...]
    set_from_python(page, {"selected_class": 1})          # as if Python had assigned the trait
    set_from_python(page, {"frame": b"..."})              # bytes arrive as a DataView, as they do in Jupyter
    page.evaluate("window.show_again()")                  # a second view of the same model
    page.evaluate("window.remove_view(0)")                # as when the cell's output is cleared
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import anywidget
from playwright.sync_api import Page

from nbviz.widgets.view import View

Theme = Literal["light", "dark"]
ADDRESS = "http://localhost/nbviz/"

# JupyterLab's own values of the variables that a widget takes its ground and ink from.
JUPYTER_VARIABLES: dict[Theme, dict[str, str]] = {
    "light": {
        "--jp-layout-color0": "#ffffff",
        "--jp-layout-color1": "#ffffff",
        "--jp-layout-color2": "#eeeeee",
        "--jp-ui-font-color0": "rgba(0, 0, 0, 1)",
        "--jp-ui-font-color1": "rgba(0, 0, 0, 0.87)",
        "--jp-ui-font-color2": "rgba(0, 0, 0, 0.54)",
        "--jp-border-color1": "#bdbdbd",
        "--jp-border-color2": "#e0e0e0",
    },
    "dark": {
        "--jp-layout-color0": "#111111",
        "--jp-layout-color1": "#212121",
        "--jp-layout-color2": "#424242",
        "--jp-ui-font-color0": "rgba(255, 255, 255, 1)",
        "--jp-ui-font-color1": "rgba(255, 255, 255, 0.87)",
        "--jp-ui-font-color2": "rgba(255, 255, 255, 0.54)",
        "--jp-border-color1": "#616161",
        "--jp-border-color2": "#424242",
    },
}

_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>nbviz</title>
<style>
:root {{ {variables}; --jp-ui-font-family: system-ui, sans-serif; --jp-ui-font-size1: 13px; }}
body {{ margin: 0; background: var(--jp-layout-color0); color: var(--jp-ui-font-color1); }}
.output {{ width: {width}px; }}
{css}
</style>
<body data-jp-theme-light="{is_light}" data-jp-theme-name="JupyterLab {theme}">
<script>
addEventListener("error", event => {{ window.failure ??= String(event.error ?? event.message); }});
addEventListener("unhandledrejection", event => {{ window.failure ??= String(event.reason); }});
</script>
<script type="module">{script}</script>
</html>
"""

_SCRIPT = """
// The part of a Backbone model that anywidget hands to a front end.
class Model {
  #state; #unsaved = {}; #listeners = new Map();
  constructor(state, models = {}) {
    this.#state = state;
    this.widget_manager = { get_model: async id => models[id] ?? Promise.reject(new Error(`no model ${id}`)) };
  }
  get(key) { return this.#state[key]; }
  set(key, value) {
    if (this.#state[key] === value) return;
    this.#unsaved[key] = value;
    this.set_from_python({ [key]: value });
  }
  save_changes() {
    if (Object.keys(this.#unsaved).length) window.changes.push(this.#unsaved);
    this.#unsaved = {};
  }
  // Once a kernel has answered, it answers whatever it is told, until `answers` is false.
  send(content) {
    window.sent.push(content);
    if (this.answers) setTimeout(() => this.#emit("msg:custom", { type: "alive" }, []));
  }
  on(events, callback) {
    for (const event of events.split(" ")) this.#listeners.set(event, [...this.#listeners.get(event) ?? [], callback]);
  }
  off(events, callback) {
    for (const event of events?.split(" ") ?? [...this.#listeners.keys()]) {
      const kept = callback ? this.#listeners.get(event)?.filter(other => other !== callback) : [];
      this.#listeners.set(event, kept ?? []);
    }
  }
  set_from_python(changes) {
    const changed = Object.keys(changes).filter(key => this.#state[key] !== changes[key]);
    Object.assign(this.#state, changes);
    for (const key of changed) this.#emit(`change:${key}`, this, this.#state[key]);
    if (changed.length) this.#emit("change", this);
  }
  receive(content, buffers = []) {
    this.answers ??= content.type === "alive" || undefined;
    this.#emit("msg:custom", content, buffers);
  }
  listener_count() { return [...this.#listeners.values()].flat().length; }
  #emit(event, ...values) { for (const callback of this.#listeners.get(event) ?? []) callback(...values); }
}

window.from_wire = state => Object.fromEntries(Object.entries(state).map(([key, value]) => {
  if (value === null || typeof value !== "object" || !("base64" in value)) return [key, value];
  return [key, new DataView(Uint8Array.from(atob(value.base64), letter => letter.charCodeAt(0)).buffer)];
}));

window.changes = [];
window.sent = [];
const files = Object.entries(await (await fetch("code.json")).json());
const models = Object.fromEntries(files.map(([id, file]) => [id, new Model(file)]));
window.model = new Model(window.from_wire(await (await fetch("state.json")).json()), models);
const front_end = (await import("./view.js")).default;
const experimental = { invoke: () => Promise.reject(new Error("this page has no kernel")) };
const lifetime = new AbortController();
await front_end.initialize?.({ model: window.model, signal: lifetime.signal, experimental });

const views = [];
window.show_again = async () => {
  const el = document.createElement("div");
  el.className = "output";
  const stop = new AbortController();
  const clean_up = await front_end.render({ model: window.model, el, signal: stop.signal, experimental });
  // As JupyterLab does: what is rendered has no size, no parent and no inherited style yet.
  document.body.append(el);
  views.push({ el, stop, clean_up });
};
window.remove_view = async index => {
  const { el, stop, clean_up } = views[index];
  stop.abort();
  await clean_up?.();
  el.remove();
};
await window.show_again();
window.is_shown = true;
"""


def to_wire(state: Mapping[str, Any]) -> dict[str, Any]:
    """Traits as JSON may hold them: bytes as base64."""
    return {
        key: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value
        for key, value in state.items()
    }


def write_page(
    widget: anywidget.AnyWidget, folder: Path, *, theme: Theme = "light", width: int = 1280
) -> dict[str, Path]:
    """Write the page's files into `folder`. Returns their paths by the name the browser asks for."""
    state = widget.get_state()
    # Underscored traits are ipywidgets' own; layout and the like refer to models that this page has not.
    own = {key: value for key, value in state.items() if key[0] != "_" and key not in ("layout", "tabbable", "tooltip")}
    code = {}
    if isinstance(widget, View):
        own["_code"] = state["_code"]
        code = {key: file.get_state(["source", "style", "imports"]) for key, file in widget._code.files().items()}
    variables = "; ".join(f"{name}: {value}" for name, value in JUPYTER_VARIABLES[theme].items())
    html = _HTML.format(
        variables=variables,
        width=width,
        css=state.get("_css", ""),
        is_light=str(theme == "light").lower(),
        theme=theme.title(),
        script=_SCRIPT,
    )
    contents = {
        "index.html": html,
        "view.js": state["_esm"],
        "code.json": json.dumps(code),
        "state.json": json.dumps(to_wire(own)),
    }
    paths = {name: folder / name for name in contents}
    for name, content in contents.items():
        paths[name].write_text(content, encoding="utf-8")
    return paths


def show(
    page: Page,
    widget: anywidget.AnyWidget,
    folder: Path,
    *,
    theme: Theme = "light",
    width: int = 1280,
    height: int = 900,
) -> None:
    """Show the widget, `width` px wide, and wait until its first view is drawn and rests. Raises if that fails."""
    paths = write_page(widget, folder, theme=theme, width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    # No server: the browser asks for these names, Playwright answers with the files.
    page.route(f"{ADDRESS}*", lambda route: route.fulfill(path=paths[route.request.url.removeprefix(ADDRESS)]))
    page.goto(f"{ADDRESS}index.html")
    failure = page.wait_for_function("() => window.failure ?? (window.is_shown && 'none')").json_value()
    if failure != "none":
        raise RuntimeError(f"Expected the front end to render. Received {failure}")
    rest(page)


def settle(page: Page) -> None:
    """Wait until two animation frames have passed, so that what was asked for is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def rest(page: Page, views: str = "[data-resting]") -> None:
    """Wait until every view in the page rests, some frames in a row: what came late has been asked for.

    A view says so itself; see nbviz/frontend/src/widgets/hosted_view.ts. `views`: CSS selector of those to wait for.
    """
    # A predicate has to answer at once: Playwright takes a promise for a yes.
    page.wait_for_function(
        """([views, seen]) => {
          const resting = [...document.querySelectorAll(views)].every(view => view.dataset.resting === "true");
          seen.frames = resting ? seen.frames + 1 : 0;
          return seen.frames > 5;
        }""",
        arg=[views, page.evaluate_handle("() => ({ frames: 0 })")],
        timeout=60_000,
    )


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the page go on until something holds that only Python can tell, as a share of changed pixels."""
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("Expected the page to come to it within a minute.")
        settle(page)


def count_time_in_frames(page: Page) -> None:
    """In pages opened from now on, 16 ms pass from one animation frame to the next, however long the machine takes."""
    page.add_init_script(
        """(() => {
          let now = performance.now();
          const ask = requestAnimationFrame.bind(window);
          const next = () => { now += 16; ask(next); };
          ask(next);
          performance.now = () => now;
          window.requestAnimationFrame = callback => ask(() => callback(now));
        })();"""
    )


def set_from_python(page: Page, changes: Mapping[str, Any]) -> None:
    """Assign traits as Python would, and wait until the picture shows it."""
    page.evaluate("changes => window.model.set_from_python(window.from_wire(changes))", to_wire(changes))
    settle(page)


def let_pass(page: Page, frames: int) -> None:
    """Let so many animation frames go by: time enough for what must not happen, however slow the machine is."""
    page.evaluate(
        """frames => new Promise(done => {
          const next = () => frames-- > 0 ? requestAnimationFrame(next) : done();
          next();
        })""",
        frames,
    )


def rest_with_figures(page: Page) -> None:
    """Wait until every view rests and bqplot's figures stand still; those lay out 0.3 s after what they are told."""
    rest(page)
    page.evaluate(
        """async () => {
          const next = () => new Promise(requestAnimationFrame);
          const drawn = () => [...document.querySelectorAll(".bqplot")].map(figure => figure.outerHTML).join();
          // Sixty frames in a second at most: thirty are longer than what figures wait.
          for (let still = 0, last = drawn(); still < 30; still++) {
            await next();
            const now = drawn();
            if (now !== last) still = 0;
            last = now;
          }
        }"""
    )
    rest(page)
