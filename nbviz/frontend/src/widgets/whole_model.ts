/** The widget's model as its page holds it, of which anywidget hands out a part; and its way back to the kernel. */

import type { AnyModel } from "@anywidget/types";

interface Message {
  content: { data: { method: string } };
}

type Handler = (message: Message) => Promise<unknown>;

/** What a front end has to talk to the widget's other half in the kernel; none in a saved page. */
interface Comm {
  on_msg(handler: Handler): void;
  send(data: { method: string }, callbacks: object): void;
}

interface WholeModel {
  comm?: Comm;
  _handle_comm_msg?: Handler;
}

/** Null in a front end that does not hand models to one another. */
async function wholeModel(model: AnyModel): Promise<WholeModel | null> {
  try {
    return (await model.widget_manager.get_model(model.get("_own_id") as string)) as unknown as WholeModel;
  } catch {
    return null;
  }
}

/** A message of no meaning: ipywidgets passes it over. */
const NOTHING: Message = { content: { data: { method: "nbviz" } } };

/** How ipywidgets itself takes a message, under what anywidget has put before that; null where there is no such thing. */
function plainHandler(whole: WholeModel): Handler | null {
  let own: object | null = whole;
  while (own && !Object.hasOwn(own, "_handle_comm_msg")) own = Object.getPrototypeOf(own);
  const under = own && (Object.getPrototypeOf(own) as WholeModel | null)?._handle_comm_msg;
  return under ? (message) => under.call(whole, message) : null;
}

/**
 * Binds a model again to its messages where anywidget has given it up, and asks for the state that it has missed.
 *
 * A module that is not there two seconds after its model gets none of the model's messages any more (anywidget 0.11):
 * each is refused, whatever comes of the module later. A busy browser is enough for that. Answers whether it was so.
 */
export async function bindAgain(model: AnyModel): Promise<boolean> {
  const whole = await wholeModel(model);
  if (!whole?.comm) return false;
  try {
    await whole._handle_comm_msg?.(NOTHING);
    return false;
  } catch {
    const handler = plainHandler(whole);
    if (!handler) return false;
    whole.comm.on_msg(handler);
    await askForState(model);
    return true;
  }
}

/** Asks the kernel for all of a model's traits. */
export async function askForState(model: AnyModel): Promise<void> {
  try {
    (await wholeModel(model))?.comm?.send({ method: "request_state" }, {});
  } catch {
    // Its kernel has gone.
  }
}
