import { describe, expect, it } from "vitest";
import { askForState, bindAgain } from "../../src/widgets/whole_model.ts";

type Message = { content: { data: { method: string; content?: unknown } } };

/** What ipywidgets does with a message; the class of every model. */
class Plain {
  readonly taken: unknown[] = [];
  readonly sent: unknown[] = [];
  hears = (message: Message): Promise<unknown> => this._handle_comm_msg(message);
  readonly comm = {
    on_msg: (handler: (message: Message) => Promise<unknown>) => {
      this.hears = handler;
    },
    send: (data: unknown) => this.sent.push(data),
  };
  async _handle_comm_msg({ content: { data } }: Message): Promise<void> {
    if (data.method === "custom") this.taken.push(data.content);
  }
}

/** anywidget's: a message waits for the module, and is refused where that came too late. */
class AnyModel extends Plain {
  readonly #ready: Promise<void>;
  constructor(ready: Promise<void>) {
    super();
    this.#ready = ready;
  }
  override async _handle_comm_msg(message: Message): Promise<void> {
    await this.#ready;
    return super._handle_comm_msg(message);
  }
}

const MESSAGE = { content: { data: { method: "custom", content: "news" } } };

function handed(whole: object | null) {
  const get_model = async (id: string) => {
    if (id !== "me" || !whole) throw new Error("no such model");
    return whole;
  };
  return { get: () => "me", widget_manager: { get_model } } as never;
}

function refused(): Promise<void> {
  const ready = Promise.reject(new Error("Failed to initialize model."));
  ready.catch(() => {});
  return ready;
}

describe("a model that its front end has given up", () => {
  it("takes messages again, and asks for what it has missed", async () => {
    const whole = new AnyModel(refused());
    await expect(whole.hears(MESSAGE)).rejects.toThrow("Failed to initialize");
    expect(await bindAgain(handed(whole))).toBe(true);
    await whole.hears(MESSAGE);
    expect([whole.taken, whole.sent]).toEqual([["news"], [{ method: "request_state" }]]);
  });

  it("is told from one that is only slow, whose messages go the way that they went", async () => {
    let arrive = () => {};
    const whole = new AnyModel(
      new Promise((done) => {
        arrive = done;
      }),
    );
    const { hears } = whole;
    const bound = bindAgain(handed(whole));
    arrive();
    expect(await bound).toBe(false);
    expect([whole.hears, whole.sent]).toEqual([hears, []]);
  });
});

describe("a front end that hands out no whole model, or has no kernel", () => {
  it.each([null, {}, { _handle_comm_msg: undefined }])("is left alone: %j", async (whole) => {
    expect(await bindAgain(handed(whole))).toBe(false);
    await askForState(handed(whole));
  });
});
