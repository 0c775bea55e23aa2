/** One animation loop for the page: anywidget evaluates a bundle once an instance, so the loop lives on globalThis. */

/** Called before the next paint; answers whether it wants the one after, too. */
export type Task = (now: number) => boolean;

export interface Clock {
  request(task: Task): void;
  cancel(task: Task): void;
}

const PAGE = Symbol.for("nbviz/1");

function createClock(): Clock {
  const tasks = new Set<Task>();
  let handle = 0;
  const tick = (now: number) => {
    handle = 0;
    for (const task of [...tasks]) {
      tasks.delete(task);
      try {
        if (task(now)) tasks.add(task);
      } catch (error) {
        // One broken view must not stop the clock of the others.
        console.error(error);
      }
    }
    start();
  };
  const start = () => {
    if (handle === 0 && tasks.size > 0) handle = requestAnimationFrame(tick);
  };
  return {
    request(task) {
      tasks.add(task);
      start();
    },
    cancel(task) {
      tasks.delete(task);
      if (tasks.size === 0 && handle !== 0) {
        cancelAnimationFrame(handle);
        handle = 0;
      }
    },
  };
}

export function pageClock(): Clock {
  const global = globalThis as { [PAGE]?: { clock?: Clock } };
  global[PAGE] ??= {};
  global[PAGE].clock ??= createClock();
  return global[PAGE].clock;
}
