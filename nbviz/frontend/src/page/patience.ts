/** Waits for the code of a view, and says so where that takes long. */

const LATE = 10_000; // ms

/** There is no style sheet yet: the line has the host's own ink and type. */
const LINE = `display: flex; gap: 8px; align-items: center; padding: 6px 16px;
  font: 11px/15px var(--jp-ui-font-family, system-ui, sans-serif); color: var(--jp-ui-font-color1, inherit);`;

/** Tries until something is found. `again`: what to do before it is tried once more, which the user asks for. */
export function patience<Found>(
  place: HTMLElement,
  signal: AbortSignal,
  find: () => Promise<Found>,
  again: () => void,
): Promise<Found> {
  const line = document.createElement("div");
  const words = document.createElement("span");
  const button = document.createElement("button");
  line.setAttribute("style", LINE);
  line.setAttribute("role", "status");
  button.type = "button";
  button.textContent = "Try again";
  line.append(words, button);
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout>;
    const say = (what: string) => {
      words.textContent = what;
      place.append(line);
    };
    const end = () => {
      clearTimeout(timer);
      line.remove();
    };
    const attempt = () => {
      end();
      timer = setTimeout(say, LATE, "Waiting for the code of this view: nothing has come for ten seconds.");
      find().then(
        (found) => {
          end();
          resolve(found);
        },
        (error: unknown) => {
          clearTimeout(timer);
          console.error(error);
          say(`The code of this view could not be read: ${error instanceof Error ? error.message : error}`);
        },
      );
    };
    button.addEventListener("click", () => {
      again();
      attempt();
    });
    signal.addEventListener("abort", end);
    attempt();
  });
}
