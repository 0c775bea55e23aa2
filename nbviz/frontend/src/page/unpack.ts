/** What is carried compressed, as nbviz/page/packing.py packs it: gzip in base64. */

/** Inflated by the browser itself; rejects where that cannot. */
export async function unpack(text: string): Promise<ArrayBuffer> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error(
      "it is compressed, and this browser does not unpack that. Expected Chrome or Edge 80, Firefox 113, Safari 16.4, " +
        "or one that is newer",
    );
  }
  const letters = atob(text.trim());
  // Letter by letter: through an iterator a megabyte takes a fifth of a second.
  const packed = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) packed[at] = letters.charCodeAt(at);
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The same of text; none is packed as none. */
export async function unpackText(text: string): Promise<string> {
  return text && new TextDecoder().decode(await unpack(text));
}

/** The same of JSON. */
export async function unpackJson<Value>(text: string): Promise<Value> {
  return JSON.parse(await unpackText(text));
}
