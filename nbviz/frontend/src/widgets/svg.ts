/** Elements of a drawing, made in code. `part` names the class, without its prefix. */

type Attributes = Record<string, string | number>;

export function draw<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "part") element.setAttribute("class", String(value).replace(/[\w-]+/g, "nbviz-$&"));
    else element.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  element.append(...children);
  return element;
}
