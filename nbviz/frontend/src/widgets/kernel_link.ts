/** What is known of the kernel behind a view: whether it answers, and why not. */

import type { AnyModel } from "@anywidget/types";

/** JupyterLab's word for something that can be listened to. */
interface Signal {
  connect(handler: () => void): void;
  disconnect(handler: () => void): void;
}

interface Kernel {
  readonly status?: string;
  readonly connectionStatus?: string;
}

interface Session {
  readonly statusChanged?: Signal;
  readonly connectionStatusChanged?: Signal;
  readonly kernelChanged?: Signal;
}

/** What JupyterLab's widget manager has of its notebook and kernel; other front ends have none of it. */
interface Manager {
  readonly kernel?: (Kernel & Session) | null;
  readonly context?: {
    readonly sessionContext?: Session;
    readonly model?: { readonly cells?: Iterable<{ readonly executionState?: string }> };
  };
}

const PATIENCE = 3000; // ms until a command that nobody answers is told
const GREETING = 4000; // ms for which a connection is told that is back

const GONE = {
  dead: "The kernel has died; restart it and run the cell again.",
  none: "The kernel was shut down; start one and run the cell again.",
  restarting: "The kernel is restarting; then run the cell again.",
  autorestarting: "The kernel has died and is restarting; then run the cell again.",
  restarted: "The kernel was restarted; run the cell again.",
};
const LOST = "The connection to the kernel is lost; it is being sought.";
const BACK = "The kernel is connected again.";
const BUSY = "The kernel is busy; it answers once its cell has run.";
const SILENT = "No kernel answers; run the cell again.";
const SILENT_OR_BUSY = "No kernel answers; unless it is busy, run the cell again.";

export class KernelLink {
  /** Whether a kernel has answered, and nothing says that it does not any more. */
  isAlive = false;
  /** What is to be said of it; null while all is well, or where there never was a kernel. */
  words: string | null = null;
  /** Whether that is about what was asked of this view, and not of the kernel as such. */
  isUnanswered = false;
  readonly #manager: Manager;
  readonly #greet: () => void;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #hasAnswered = false;
  /** Whether what Python held of the widget is gone with its kernel. */
  #isOver = false;
  #isLost = false;

  /** `greet`: says hello, to hear whether anybody is there. `changed`: any of the above has. */
  constructor(model: AnyModel, greet: () => void, changed: () => void, signal: AbortSignal) {
    this.#manager = model.widget_manager as unknown as Manager;
    this.#greet = greet;
    this.#changed = changed;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    const session = this.#manager?.context?.sessionContext ?? this.#manager?.kernel;
    if (!session) return;
    const look = () => this.#look();
    for (const heard of [session.statusChanged, session.connectionStatusChanged, session.kernelChanged]) {
      heard?.connect(look);
      signal.addEventListener("abort", () => heard?.disconnect(look));
    }
  }

  /** A kernel has answered. */
  heard(): void {
    // It may answer more than once: the word stays for its time.
    const isBack = this.#isLost || this.words === BACK;
    this.#stop();
    this.#hasAnswered = true;
    this.#isOver = this.#isLost = false;
    this.#tell(true, isBack ? BACK : null);
    if (isBack) this.#timer = setTimeout(() => this.#tell(true, null), GREETING);
  }

  /** Something was asked: it is said if nobody answers. */
  expect(): void {
    if (this.#hasAnswered && !this.#isOver && !this.#isLost && !this.#isAsking) this.#await();
  }

  /** Asks again whether anybody is there. */
  retry(): void {
    this.#stop();
    this.words = null;
    this.isUnanswered = false;
    this.#greet();
    this.expect();
  }

  /** It could not even be sent. */
  fail(): void {
    if (!this.#hasAnswered || this.#isOver || this.#isLost) return;
    this.#stop();
    this.#tell(false, SILENT, true);
  }

  /** Whether it is known to be at work on a cell. */
  get isBusy(): boolean {
    const { kernel, context } = this.#manager ?? {};
    if (kernel?.status === "busy") return true;
    // Threads and messages let a kernel say that it is idle while a cell runs.
    return [...(context?.model?.cells ?? [])].some(({ executionState }) => executionState === "running");
  }

  #await(): void {
    this.#stop();
    this.#isAsking = true;
    this.#timer = setTimeout(() => this.#miss(), PATIENCE);
  }

  #miss(): void {
    this.#isAsking = false;
    if (this.isBusy) this.#tell(true, BUSY, true);
    else this.#tell(false, this.#manager?.context?.model?.cells ? SILENT : SILENT_OR_BUSY, true);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#isAsking = false;
  }

  /** The front end knows something new of its kernel. */
  #look(): void {
    if (!this.#hasAnswered) return;
    const { kernel } = this.#manager;
    const status = kernel ? (kernel.status ?? "unknown") : "none";
    if (status in GONE) this.#isOver = true;
    if (this.#isOver) {
      this.#stop();
      this.#tell(false, GONE[status as keyof typeof GONE] ?? GONE.restarted);
    } else if ((kernel?.connectionStatus ?? "connected") !== "connected") {
      this.#stop();
      this.#isLost = true;
      this.#tell(false, LOST);
    } else if (this.#isLost && status !== "unknown") {
      this.#greet();
      this.#await();
    }
  }

  #tell(isAlive: boolean, words: string | null, isUnanswered = false): void {
    if (isAlive === this.isAlive && words === this.words && isUnanswered === this.isUnanswered) return;
    this.isAlive = isAlive;
    this.words = words;
    this.isUnanswered = isUnanswered;
    this.#changed();
  }
}
