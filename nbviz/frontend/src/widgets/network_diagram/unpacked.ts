/** Inflates the bytes of a trait, which may be gzip: that takes the browser a moment. */

export class Unpacked {
  readonly #done: () => void;
  /** As they came; what they are, null as long as that is being worked out. */
  #packed: DataView | undefined;
  #bytes: DataView | undefined | null;

  /** `done` is called when what is asked for is there. */
  constructor(done: () => void) {
    this.#done = done;
  }

  /** The bytes as they are, the same for the same ones; null while they are inflated. */
  of(packed: DataView | undefined): DataView | undefined | null {
    if (packed === this.#packed) return this.#bytes;
    this.#packed = packed;
    this.#bytes = packed;
    if (packed && isGzip(packed)) {
      this.#bytes = null;
      inflate(packed).then(
        (bytes) => this.#take(packed, bytes),
        // Whoever reads them sees that they are broken.
        () => this.#take(packed, packed),
      );
    }
    return this.#bytes;
  }

  get isBusy(): boolean {
    return this.#bytes === null;
  }

  #take(packed: DataView, bytes: DataView): void {
    if (packed !== this.#packed) return; // others have come
    this.#bytes = bytes;
    this.#done();
  }
}

function isGzip(bytes: DataView): boolean {
  return bytes.byteLength > 2 && bytes.getUint16(0) === 0x1f8b;
}

async function inflate({ buffer, byteOffset, byteLength }: DataView): Promise<DataView> {
  const packed = new Blob([new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)]);
  return new DataView(await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}
