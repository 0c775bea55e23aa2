/** Elements made in code; text goes in as text, whatever it holds. `part` names the class, without its prefix. */

type Attributes = Record<string, string>;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "part") element.className = value.replace(/[\w-]+/g, "nbviz-$&");
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Listens for as long as the view lives. */
export function listen<K extends keyof HTMLElementEventMap>(
  target: EventTarget,
  signal: AbortSignal,
  type: K,
  handler: (event: HTMLElementEventMap[K]) => void,
): void {
  target.addEventListener(type, handler as EventListener, { signal });
}

const ICONS = {
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  clear: "M4.5 4.5l7 7m0-7-7 7",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13h10",
  play: "M5 3.2v9.6L12.5 8Z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  step: "M4 3.2v9.6L10.5 8Z M12.5 3.2v9.6",
  reset: "M3.4 3v3.6H7 M3.7 6.4A5 5 0 1 1 3.2 9.4",
  wider: "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M2 8h12",
  fit: "M2 4v8M14 4v8M4.5 8h7M6.5 5.8 4.4 8l2.1 2.2M9.5 5.8 11.6 8l-2.1 2.2",
  check: "M3.2 8.6 6.4 11.8 12.8 4.6",
  warning: "M8 2.6 14.2 13.2H1.8Z M8 6.6v3 M8 11.4v.2",
};

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 16 16",
    width: "16",
    height: "16",
    "aria-hidden": "true",
  })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name: keyof typeof ICONS, label: string): HTMLButtonElement {
  return make("button", { type: "button", part: `button icon-${name}`, "aria-label": label, title: label }, icon(name));
}

/** Another icon on the same button. */
export function setIcon(button: HTMLButtonElement, name: keyof typeof ICONS): void {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.replaceChildren(icon(name));
}

export const NEEDS_KERNEL = "needs a running kernel";

/** A control that is off says why; it stays focusable so that the reason can be read. */
export function setEnabled(control: HTMLElement, enabled: boolean, title: string, reason: string): void {
  control.setAttribute("aria-disabled", String(!enabled));
  control.title = enabled ? title : reason;
}

export function isEnabled(control: HTMLElement): boolean {
  return control.getAttribute("aria-disabled") !== "true";
}
