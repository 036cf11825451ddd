import type { Captured } from "../ports/sandbox.ts";

/** Keeps the head and the tail of a stream of bytes, half of `keep` each, in memory that does not grow with the stream. */
export class Capture {
  readonly #headRoom: number;
  readonly #tailRoom: number;
  readonly #head: Buffer[] = [];
  #headLength = 0;
  #tail: Buffer[] = [];
  #tailLength = 0;
  #total = 0;

  constructor(keep: number) {
    this.#headRoom = Math.ceil(keep / 2);
    this.#tailRoom = Math.floor(keep / 2);
  }

  push(bytes: Buffer): void {
    this.#total += bytes.byteLength;
    const toHead = Math.min(bytes.byteLength, this.#headRoom - this.#headLength);
    if (toHead > 0) {
      this.#head.push(Buffer.from(bytes.subarray(0, toHead)));
      this.#headLength += toHead;
    }
    if (toHead === bytes.byteLength || this.#tailRoom === 0) return;
    const rest = bytes.subarray(Math.max(toHead, bytes.byteLength - this.#tailRoom));
    this.#tail.push(Buffer.from(rest));
    this.#tailLength += rest.byteLength;
    if (this.#tailLength > 2 * this.#tailRoom + 65_536) this.#trim();
  }

  result(): Captured {
    this.#trim();
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    const complete = head.byteLength + tail.byteLength === this.#total;
    return complete
      ? { head: Buffer.concat([head, tail]), tail: new Uint8Array(), totalBytes: this.#total }
      : { head, tail, totalBytes: this.#total };
  }

  #trim(): void {
    const joined = Buffer.concat(this.#tail);
    const kept = joined.subarray(Math.max(0, joined.byteLength - this.#tailRoom));
    this.#tail = [kept];
    this.#tailLength = kept.byteLength;
  }
}
