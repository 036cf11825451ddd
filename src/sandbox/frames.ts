import { JourneymanError } from "../core/errors.ts";

/**
 * The frames of `sandbox-image/channel.c`, and the engine's own framing of an attached container around them.
 * Ours: u32 payload length, u8 type, u32 command or connection id, payload. The engine's: u8 stream, three zero bytes, u32 length.
 * All numbers big-endian.
 */
export const HEADER_BYTES = 9;
const ENGINE_HEADER_BYTES = 8;
const ENGINE_STDOUT = 1;
const MAX_PAYLOAD = 1 << 20;

/** `C`, `D`, `G`, `F` and `Z` are of connections, the others of commands. */
export type FrameType = "H" | "O" | "E" | "W" | "X" | "A" | "R" | "I" | "K" | "C" | "D" | "G" | "F" | "Z";

export interface Frame {
  readonly type: string;
  /** Of a command, or of a connection. */
  readonly id: number;
  readonly payload: Buffer;
}

export function encodeFrame(type: FrameType, id: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.byteLength);
  frame.writeUInt32BE(payload.byteLength, 0);
  frame.write(type, 4, "latin1");
  frame.writeUInt32BE(id, 5);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

export interface RunFrame {
  readonly argv: readonly string[];
  /** Relative to the workspace root; empty for the root. */
  readonly cwd: string;
  readonly separate: boolean;
  readonly stdin: boolean;
  readonly timeoutMs: number;
  /** Bytes of output after which the command is killed; 0 for no limit. */
  readonly outputCap: number;
}

/** The payload of a run frame. A zero byte cannot be part of an argument; what follows it would be lost, so it is refused here as null. */
export function encodeRun(run: RunFrame): Buffer | null {
  const strings = [run.cwd, ...run.argv];
  if (run.argv.length === 0 || strings.some((text) => text.includes("\0"))) return null;
  const head = Buffer.alloc(13);
  head.writeUInt8((run.separate ? 1 : 0) | (run.stdin ? 2 : 0), 0);
  head.writeUInt32BE(Math.min(Math.max(1, Math.round(run.timeoutMs)), 0xffffffff), 1);
  head.writeUInt32BE(run.outputCap, 5);
  head.writeUInt32BE(run.argv.length, 9);
  const parts = [head];
  for (const text of strings) {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.byteLength);
    parts.push(length, bytes);
  }
  const payload = Buffer.concat(parts);
  return payload.byteLength > MAX_PAYLOAD ? null : payload;
}

/** By the numbers of `enum ended` in channel.c, which begin at 1. */
const ENDINGS = ["exit", "timeout", "output_limit", "cancelled", "not_started"] as const;

export interface ExitFrame {
  readonly ended: (typeof ENDINGS)[number];
  readonly outOfMemory: boolean;
  readonly code: number;
  readonly durationMs: number;
}

export const decodeExit = (payload: Buffer): ExitFrame => ({
  ended: ENDINGS[payload.readUInt8(0) - 1] ?? "not_started",
  outOfMemory: payload.readUInt8(1) !== 0,
  code: payload.readUInt32BE(2),
  durationMs: payload.readUInt32BE(6),
});

/** Collects bytes and gives them out in exact amounts. */
class Gatherer {
  #parts: Buffer[] = [];
  #length = 0;

  push(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.#parts.push(bytes);
    this.#length += bytes.byteLength;
  }

  /** The next `count` bytes without taking them, or null when there are fewer. */
  peek(count: number): Buffer | null {
    if (this.#length < count) return null;
    const [first] = this.#parts;
    if (first !== undefined && first.byteLength >= count) return first.subarray(0, count);
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined.subarray(0, count);
  }

  take(count: number): Buffer | null {
    const taken = this.peek(count);
    const [first] = this.#parts;
    if (taken === null || first === undefined) return taken;
    if (first.byteLength === count) this.#parts.shift();
    else this.#parts[0] = first.subarray(count);
    this.#length -= count;
    return taken;
  }
}

/** Takes an attached container's bytes as they come and gives the frames in them; throws `sandbox_lost` at what is none. `stderr` is what PID 1 says before it gives up. */
export class FrameReader {
  readonly #outer = new Gatherer();
  readonly #inner = new Gatherer();
  stderr = "";

  *push(bytes: Buffer): Generator<Frame> {
    this.#outer.push(bytes);
    for (;;) {
      const header = this.#outer.peek(ENGINE_HEADER_BYTES);
      if (header === null) break;
      const stream = header.readUInt8(0);
      const whole = this.#outer.take(ENGINE_HEADER_BYTES + header.readUInt32BE(4));
      if (whole === null) break;
      const body = whole.subarray(ENGINE_HEADER_BYTES);
      if (stream === ENGINE_STDOUT) this.#inner.push(body);
      else this.stderr = (this.stderr + body.toString("latin1")).slice(-500);
    }
    for (;;) {
      const header = this.#inner.peek(HEADER_BYTES);
      if (header === null) return;
      const type = header.toString("latin1", 4, 5);
      const id = header.readUInt32BE(5);
      const length = header.readUInt32BE(0);
      if (length > MAX_PAYLOAD) throw new JourneymanError("sandbox_lost", { reason: "it sent what is no frame" });
      const whole = this.#inner.take(HEADER_BYTES + length);
      if (whole === null) return;
      yield { type, id, payload: whole.subarray(HEADER_BYTES) };
    }
  }
}
