import { expect, test, vi } from "vitest";
import { WidthView } from "../../src/widgets/width_view.ts";

// What a page would be needed for: the root, and that a picture is asked for.
vi.mock("../../src/widgets/hosted_view.ts", () => ({
  HostedView: class {
    readonly root = { clientWidth: 0, clientHeight: 0 };
    request(): void {}
  },
}));

class View extends WidthView<object> {
  asked = 0;

  override request(): void {
    this.asked++;
  }

  /** The root has another size; answers how many pictures were asked for by now. */
  sized(width: number, height: number): number {
    Object.assign(this.root, { clientWidth: width, clientHeight: height });
    this.resized();
    return this.asked;
  }

  get laidOut(): number {
    return this.width;
  }
}

const made = () => new View({} as never, {} as never);

test("before it is laid out a view has no width, and nothing is asked for", () => {
  const view = made();
  expect(view.laidOut).toBe(0);
  expect(view.sized(0, 300)).toBe(0);
});

test("more room, less room and none ask for one picture each, of the width that there is", () => {
  const view = made();
  expect([view.sized(700, 200), view.laidOut]).toEqual([1, 700]);
  expect([view.sized(940, 200), view.laidOut]).toEqual([2, 940]);
  expect([view.sized(0, 0), view.laidOut]).toEqual([3, 0]); // in a tab that was left
  expect([view.sized(940, 200), view.laidOut]).toEqual([4, 940]);
});

test("what has made a view higher does not have it drawn again", () => {
  const view = made();
  view.sized(700, 200);
  expect(view.sized(700, 260)).toBe(1);
  expect(view.sized(700, 1200)).toBe(1);
});
