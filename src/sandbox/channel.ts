import type { Duplex } from "node:stream";
import { JourneymanError } from "../core/errors.ts";
import { decodeExit, encodeFrame, encodeRun, FrameReader } from "./frames.ts";
import type { ExitFrame, Frame, RunFrame } from "./frames.ts";

/** The far side refuses more unacknowledged bytes of a command's stdin than this (`WINDOW` in channel.c). */
const WINDOW_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** The far side enforces time limits; when even that stays silent for this long, it is taken for dead. */
const GRACE_MS = 20_000;

export interface ChannelRun extends Omit<RunFrame, "stdin"> {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  readonly onOutput: (stream: "stdout" | "stderr", bytes: Buffer) => void;
}

export interface RunningCommand {
  /** Rejects with `sandbox_lost` only. */
  readonly finished: Promise<ExitFrame>;
  readonly kill: () => void;
}

interface Pending {
  readonly onOutput: ChannelRun["onOutput"];
  readonly settle: (exit: ExitFrame) => void;
  readonly fail: (error: JourneymanError) => void;
  readonly watchdog: NodeJS.Timeout;
  /** Bytes of stdin that may still be sent, and who waits for more. */
  credit: number;
  wake: (() => void) | null;
}

const COULD_NOT_SEND: ExitFrame = { ended: "not_started", outOfMemory: false, code: 0, durationMs: 0 };

/** The worker's end of PID 1 of a sandbox: runs commands there, many at once, over one connection. */
export class Channel {
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Map<number, { settle: () => void; fail: (error: JourneymanError) => void }>();
  #lastId = 0;
  #lost: JourneymanError | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => {
      for (const frame of this.#reader.push(bytes)) this.#take(frame);
    });
    stream.on("error", (cause) => this.#lose("its connection failed", cause));
    stream.on("end", () => this.#lose("its container ended"));
    stream.on("close", () => this.#lose("its container ended"));
  }

  run(request: ChannelRun): RunningCommand {
    const id = ++this.#lastId;
    const payload = encodeRun({ ...request, stdin: request.stdin !== null });
    if (payload === null) {
      request.onOutput("stdout", Buffer.from("argument list too long, or with a zero byte in it"));
      return { finished: Promise.resolve(COULD_NOT_SEND), kill: () => {} };
    }
    const finished = new Promise<ExitFrame>((settle, fail) => {
      if (this.#lost !== null) return fail(this.#lost);
      const watchdog = setTimeout(
        () => this.#lose("it does not answer"),
        Math.min(request.timeoutMs + GRACE_MS, 2 ** 31 - 1),
      );
      watchdog.unref();
      this.#pending.set(id, {
        onOutput: request.onOutput,
        settle,
        fail,
        watchdog,
        credit: WINDOW_BYTES,
        wake: null,
      });
      this.#send("R", id, payload);
    });
    if (request.stdin !== null) void this.#feed(id, request.stdin);
    return { finished, kill: () => this.#send("K", id) };
  }

  /** Ends every process but PID 1; returns when all are gone. Commands under way end as cancelled. */
  async killAll(): Promise<void> {
    const id = ++this.#lastId;
    await new Promise<void>((settle, fail) => {
      if (this.#lost !== null) return fail(this.#lost);
      this.#waiting.set(id, { settle, fail });
      this.#send("A", id);
    });
  }

  /** Stops reading from the sandbox, so that it stops sending: for a reader that is behind. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#lose("it was closed");
    this.#stream.destroy();
  }

  #send(type: "R" | "I" | "K" | "A", id: number, payload?: Uint8Array): void {
    if (this.#lost === null && !this.#stream.destroyed) this.#stream.write(encodeFrame(type, id, payload));
  }

  async #feed(id: number, stdin: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of stdin) {
        for (let at = 0; at < bytes.byteLength;) {
          const pending = this.#pending.get(id);
          if (pending === undefined) return;
          if (pending.credit === 0) {
            await new Promise<void>((wake) => (pending.wake = wake));
            continue;
          }
          const chunk = bytes.subarray(at, at + Math.min(CHUNK_BYTES, pending.credit));
          pending.credit -= chunk.byteLength;
          at += chunk.byteLength;
          this.#send("I", id, chunk);
        }
      }
      this.#send("I", id);
    } catch {
      // The source broke off: half an input must not be taken for the whole of it.
      this.#send("K", id);
    }
  }

  #take(frame: Frame): void {
    if (frame.type === "A") {
      this.#waiting.get(frame.command)?.settle();
      this.#waiting.delete(frame.command);
      return;
    }
    const pending = this.#pending.get(frame.command);
    if (pending === undefined) return;
    if (frame.type === "O") pending.onOutput("stdout", frame.payload);
    else if (frame.type === "E") pending.onOutput("stderr", frame.payload);
    else if (frame.type === "W") {
      pending.credit += frame.payload.readUInt32BE(0);
      pending.wake?.();
      pending.wake = null;
    } else if (frame.type === "X") {
      this.#forget(frame.command, pending);
      pending.settle(decodeExit(frame.payload));
    }
  }

  #forget(id: number, pending: Pending): void {
    clearTimeout(pending.watchdog);
    this.#pending.delete(id);
    pending.wake?.();
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.#lost !== null) return;
    const said = this.#reader.stderr.trim();
    const lost = new JourneymanError("sandbox_lost", { reason }, { cause: cause ?? (said === "" ? undefined : said) });
    this.#lost = lost;
    for (const [id, pending] of this.#pending) {
      this.#forget(id, pending);
      pending.fail(lost);
    }
    for (const waiting of this.#waiting.values()) waiting.fail(lost);
    this.#waiting.clear();
  }
}
