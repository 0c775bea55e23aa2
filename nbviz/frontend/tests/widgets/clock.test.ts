import { afterEach, describe, expect, it, vi } from "vitest";
import { pageClock } from "../../src/widgets/clock.ts";

afterEach(() => vi.unstubAllGlobals());

describe("pageClock", () => {
  it("is one for all bundles of the page", () => {
    expect(pageClock()).toBe(pageClock());
    expect((globalThis as Record<symbol, unknown>)[Symbol.for("nbviz/1")]).toHaveProperty("clock", pageClock());
  });

  it("rests when nobody wants another frame", () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
    let left = 2;
    pageClock().request(() => --left > 0);
    while (frames.length > 0) frames.shift()!(0);
    expect(left).toBe(0);
    expect(frames).toEqual([]);
  });
});
