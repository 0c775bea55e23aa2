import { describe, expect, it, vi } from "vitest";
import { listenTo, save, type WidgetModel } from "../../src/widgets/widget_model.ts";

interface Traits {
  height: number;
}

describe("the model of a widget", () => {
  it("is listened to until the view goes", () => {
    const [on, off] = [vi.fn(), vi.fn()];
    const stop = new AbortController();
    const heard = () => {};
    listenTo({ on, off } as unknown as WidgetModel<Traits>, stop.signal, "change:height", heard);
    expect(on.mock.calls).toEqual([["change:height", heard]]);
    expect(off).not.toHaveBeenCalled();
    stop.abort();
    expect(off.mock.calls).toEqual([["change:height", heard]]);
  });

  it("keeps what is saved where no kernel hears of it", () => {
    const set = vi.fn();
    const save_changes = () => {
      throw new Error("no comm");
    };
    save({ set, save_changes } as unknown as WidgetModel<Traits>, { height: 3 });
    expect(set.mock.calls).toEqual([["height", 3]]);
  });
});
