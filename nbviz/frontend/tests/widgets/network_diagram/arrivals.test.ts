import { describe, expect, it } from "vitest";
import { Arrivals } from "../../../src/widgets/network_diagram/arrivals.ts";
import { explanationBytes } from "../../picture/explanation.ts";
import { frame, network } from "../../picture/network.ts";
import { historyOf, momentOf, payloadOf } from "../../picture/recorded.ts";
import { viewOf } from "./model_of.ts";

const history = () =>
  historyOf([
    [0, [1, -2]],
    [5, [2, 0]],
  ]);

describe("what has come from the model", () => {
  it("is nothing before there is a network, and while its frame is of another one", () => {
    const { view, arrive } = viewOf({ network: {} });
    const arrivals = new Arrivals(view);
    expect([arrivals.pending, arrivals.read(), arrivals.pending]).toEqual([true, "nothing", false]);
    arrive({ network: network(), frame: frame({ version: 6 }) });
    expect([arrivals.pending, arrivals.read(), arrivals.network]).toEqual([true, "nothing", null]);
    arrive({ frame: frame() });
    expect([arrivals.read(), arrivals.network?.name]).toEqual(["new", "small"]);
    expect(arrivals.moment!.header.sample_name).toBe("sample 0");
  });

  it("keeps its network until the version is another one", () => {
    const { view, arrive } = viewOf({ network: network(), frame: frame() });
    const arrivals = new Arrivals(view);
    arrivals.read();
    const first = arrivals.network;
    arrive({ network: network(), frame: frame({ training: true }) });
    expect([arrivals.read(), arrivals.network === first]).toEqual(["new", true]);
    arrive({ network: { ...network(), version: 8 }, frame: frame({ version: 8 }) });
    expect([arrivals.read(), arrivals.network === first]).toEqual(["new", false]);
  });

  it("takes another one where another output is explained", () => {
    const { view, arrive } = viewOf({ network: { ...network(), class_layer: "first" }, frame: frame() });
    const arrivals = new Arrivals(view);
    arrivals.read();
    arrive({ network: { ...network(), class_layer: "second" } });
    expect([arrivals.read(), arrivals.network!.class_layer]).toEqual(["new", "second"]);
  });

  it("shows the recorded moment that is asked for, whatever the live network does behind it", () => {
    const { view, arrive } = viewOf({ network: network(), frame: frame(), history: history(), shown_frame: 5 });
    const arrivals = new Arrivals(view);
    expect(arrivals.read()).toBe("new");
    expect([arrivals.run!.shown, arrivals.moment!.header.sample_name]).toEqual([1, "at 5"]);
    // Those of the live network are coloured by the same sample.
    expect(arrivals.past).toEqual({ metrics: { loss: 1 / 6 }, sample: null });
    arrive({ frame: frame({ sample: 3 }) });
    expect(arrivals.read()).toBe("same");
    expect(arrivals.past!.sample).toBe("at 5");
    arrive({ explanation: explanationBytes() });
    expect([arrivals.read(), arrivals.explanation?.header.sample]).toEqual(["new", 0]);
    arrive({ shown_frame: null });
    expect([arrivals.read(), arrivals.past, arrivals.moment!.header.sample]).toEqual(["new", null, 3]);
  });

  it("asks for the history, once, where other bytes came in its place", () => {
    const topic = new DataView(new TextEncoder().encode("stream.stdout").buffer);
    const { view, sent, arrive } = viewOf({ network: network(), frame: frame(), history: topic });
    const arrivals = new Arrivals(view);
    expect([arrivals.read(), arrivals.read(), sent]).toEqual(["new", "new", ["history"]]);
    arrive({ history: history() });
    arrivals.read();
    expect([arrivals.run!.moments.length, sent]).toEqual([2, ["history"]]);
  });

  it("takes moments of the training one by one, and asks once for all where one is missing", () => {
    const { view, sent, receive, arrive } = viewOf({ network: network(), frame: frame(), history: history() });
    const arrivals = new Arrivals(view);
    arrivals.read();
    receive({ type: "moment", moment: momentOf(7), count: 3 }, [payloadOf([0, 1])]);
    expect([arrivals.pending, arrivals.read(), arrivals.run!.moments.length]).toEqual([true, "new", 3]);
    for (const count of [5, 6]) receive({ type: "moment", moment: momentOf(9), count }, [payloadOf([0, 1])]);
    expect([arrivals.pending, sent]).toEqual([false, ["history"]]);
    arrive({ history: history() });
    receive({ type: "moment", moment: momentOf(9), count: 9 }, [payloadOf([0, 1])]);
    expect(sent).toEqual(["history", "history"]);
  });
});
