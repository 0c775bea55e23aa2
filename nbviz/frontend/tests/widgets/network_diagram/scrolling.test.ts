import { describe, expect, it } from "vitest";
import { Scrolling } from "../../../src/widgets/network_diagram/scrolling.ts";

/** A stage of 400 px in which a drawing has been scrolled by so much. */
function stage(scrollLeft: number) {
  const element = {
    scrollLeft,
    clientWidth: 400,
    dataset: {} as Record<string, string>,
    scrollTo: ({ left }: ScrollToOptions) => {
      element.scrollLeft = left!;
    },
  };
  return { element, scrolling: new Scrolling(element as unknown as HTMLElement, { matches: true } as MediaQueryList) };
}

describe("a drawing that is wider than the widget", () => {
  it("fades at the sides at which it goes on", () => {
    const sides = (scrollLeft: number) => {
      const { element, scrolling } = stage(scrollLeft);
      scrolling.mark(1000);
      return element.dataset;
    };
    expect(sides(0)).toEqual({ before: "false", after: "true" });
    expect(sides(300)).toEqual({ before: "true", after: "true" });
    expect(sides(600)).toEqual({ before: "true", after: "false" });
  });

  it("moves no further than it must, and shows the beginning of what is too wide", () => {
    const brought = (left: number, width: number) => {
      const { element, scrolling } = stage(300);
      scrolling.bring(left, width);
      return element.scrollLeft;
    };
    expect(brought(400, 100)).toBe(300);
    expect(brought(700, 100)).toBe(700 + 100 + 24 - 400);
    expect(brought(200, 100)).toBe(200 - 24);
    expect(brought(500, 900)).toBe(500 - 24);
  });

  it("keeps 60 px around what has keyboard focus", () => {
    const revealed = (x: number) => {
      const { element, scrolling } = stage(300);
      scrolling.reveal(x);
      return element.scrollLeft;
    };
    expect([350, 500, 650].map(revealed)).toEqual([290, 300, 310]);
  });
});
