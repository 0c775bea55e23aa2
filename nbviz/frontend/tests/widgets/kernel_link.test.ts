import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KernelLink } from "../../src/widgets/kernel_link.ts";

class Signal {
  readonly handlers = new Set<() => void>();
  connect = (handler: () => void) => this.handlers.add(handler);
  disconnect = (handler: () => void) => this.handlers.delete(handler);
}

/** A notebook of JupyterLab, as far as its widget manager knows it. */
function notebook() {
  const signals = { statusChanged: new Signal(), connectionStatusChanged: new Signal(), kernelChanged: new Signal() };
  const cell = { executionState: "idle" };
  const manager = {
    kernel: { status: "idle", connectionStatus: "connected" } as { status: string; connectionStatus: string } | null,
    context: { sessionContext: signals, model: { cells: [cell] } },
  };
  const tell = () => {
    for (const { handlers } of Object.values(signals)) for (const handler of handlers) handler();
  };
  return { manager, cell, signals, tell };
}

function linkOf(widget_manager: object | undefined) {
  const stop = new AbortController();
  const greet = vi.fn();
  const link = new KernelLink({ widget_manager } as never, greet, () => {}, stop.signal);
  return { link, greet, stop };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a command", () => {
  it("that is answered within three seconds is not spoken of", () => {
    const { link } = linkOf({});
    link.heard();
    link.expect();
    vi.advanceTimersByTime(2900);
    link.heard();
    vi.advanceTimersByTime(10_000);
    expect([link.isAlive, link.words]).toEqual([true, null]);
  });

  it("that nobody answers is told three seconds after the first of several", () => {
    const { link } = linkOf(notebook().manager);
    link.heard();
    link.expect();
    vi.advanceTimersByTime(2000);
    link.expect();
    vi.advanceTimersByTime(1000);
    expect([link.isAlive, link.isUnanswered]).toEqual([false, true]);
    expect(link.words).toBe("No kernel answers; run the cell again.");
    link.heard();
    expect([link.isAlive, link.words]).toEqual([true, null]);
  });

  it("waits where a cell runs, whatever the kernel says of itself", () => {
    const { manager, cell } = notebook();
    const { link } = linkOf(manager);
    link.heard();
    cell.executionState = "running";
    link.expect();
    vi.advanceTimersByTime(3000);
    expect([link.isAlive, link.words]).toEqual([true, "The kernel is busy; it answers once its cell has run."]);
  });

  it("leaves both open where the front end tells nothing of its kernel", () => {
    for (const manager of [undefined, {}]) {
      const { link } = linkOf(manager);
      link.heard();
      link.expect();
      vi.advanceTimersByTime(3000);
      expect(link.words).toBe("No kernel answers; unless it is busy, run the cell again.");
    }
  });

  it("in a saved page, where nobody ever answered, says nothing", () => {
    const { link } = linkOf({});
    link.expect();
    link.fail();
    vi.advanceTimersByTime(60_000);
    expect(link.words).toBeNull();
  });
});

describe("a kernel", () => {
  it.each([
    ["dead", "The kernel has died; restart it and run the cell again."],
    ["restarting", "The kernel is restarting; then run the cell again."],
    ["autorestarting", "The kernel has died and is restarting; then run the cell again."],
  ])("that is %s does not look alive, nor when another is in its place", (status, words) => {
    const { manager, tell } = notebook();
    const { link } = linkOf(manager);
    link.heard();
    manager.kernel!.status = status;
    tell();
    expect([link.isAlive, link.words]).toEqual([false, words]);
    manager.kernel!.status = "idle";
    tell();
    expect([link.isAlive, link.words]).toEqual([false, "The kernel was restarted; run the cell again."]);
  });

  it("that is shut down is told, too", () => {
    const { manager, tell } = notebook();
    const { link } = linkOf(manager);
    link.heard();
    manager.kernel = null;
    tell();
    expect(link.words).toBe("The kernel was shut down; start one and run the cell again.");
  });

  it("whose connection comes back is greeted, and that is told for a while", () => {
    const { manager, tell } = notebook();
    const { link, greet } = linkOf(manager);
    link.heard();
    manager.kernel = { status: "unknown", connectionStatus: "connecting" };
    tell();
    expect([link.isAlive, link.words]).toEqual([false, "The connection to the kernel is lost; it is being sought."]);
    manager.kernel = { status: "idle", connectionStatus: "connected" };
    tell();
    expect(greet).toHaveBeenCalled();
    link.heard();
    link.heard(); // it was greeted more than once
    expect([link.isAlive, link.words]).toEqual([true, "The kernel is connected again."]);
    vi.advanceTimersByTime(5000);
    expect(link.words).toBeNull();
  });

  it("that another has come for while the connection was lost does not answer", () => {
    const { manager, tell } = notebook();
    const { link } = linkOf(manager);
    link.heard();
    manager.kernel = { status: "unknown", connectionStatus: "connecting" };
    tell();
    manager.kernel = { status: "idle", connectionStatus: "connected" };
    tell();
    vi.advanceTimersByTime(3000);
    expect([link.isAlive, link.words]).toEqual([false, "No kernel answers; run the cell again."]);
  });

  it("is not listened to any more when the view goes", () => {
    const { manager, signals } = notebook();
    const { link, stop } = linkOf(manager);
    link.heard();
    link.expect();
    stop.abort();
    vi.advanceTimersByTime(5000);
    expect(link.words).toBeNull();
    expect(Object.values(signals).map(({ handlers }) => handlers.size)).toEqual([0, 0, 0]);
  });
});
