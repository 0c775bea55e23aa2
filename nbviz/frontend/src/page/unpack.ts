/** What is carried compressed, as nbviz/page/packing.py packs it: gzip in base64. */

/** Inflated by the browser itself; rejects where that cannot. */
export async function unpack(text: string): Promise<ArrayBuffer> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error(
      "it is compressed, and this browser does not unpack that. Expected Chrome or Edge 80, Firefox 113, Safari 16.4, " +
        "or one that is newer",
    );
  }
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The same of JSON. */
export async function unpackJson<Value>(text: string): Promise<Value> {
  return JSON.parse(new TextDecoder().decode(await unpack(text)));
}
