import type { Duplex } from "node:stream";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import { carryConnections } from "./connections.ts";
import { decodeExit, encodeFrame, encodeRun, FrameReader } from "./frames.ts";
import type { ExitFrame, Frame, FrameType, RunFrame } from "./frames.ts";

/** The far side refuses more unacknowledged bytes of a command's stdin than this (`WINDOW` in channel.c). */
const WINDOW_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** The far side enforces time limits; when even that stays silent for this long, it is taken for dead. */
const GRACE_MS = 20_000;
/** What PID 1 says first: the version of the frames. */
const PROTOCOL = 2;

export interface ChannelRun extends Omit<RunFrame, "stdin"> {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  readonly onOutput: (stream: "stdout" | "stderr", bytes: Buffer) => void;
}

export interface RunningCommand {
  /** Rejects with `sandbox_lost`, or with what `giveUp` was told. */
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
  #connections: ReturnType<typeof carryConnections> | null = null;
  #lastId = 0;
  #lost: JourneymanError | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => this.#read(bytes));
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
      this.send("R", id, payload);
    });
    if (request.stdin !== null) void this.#feed(id, request.stdin);
    return { finished, kill: () => this.send("K", id) };
  }

  /** Ends every process but PID 1; returns when all are gone. Commands under way end as cancelled. */
  async killAll(): Promise<void> {
    const id = ++this.#lastId;
    await new Promise<void>((settle, fail) => {
      if (this.#lost !== null) return fail(this.#lost);
      this.#waiting.set(id, { settle, fail });
      this.send("A", id);
    });
  }

  /** Stops reading from the sandbox, so that it stops sending: for a reader that is behind. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Carries the connections of a sandbox that was started for it; `dial` makes the worker's side of each. */
  carryConnections(dial: () => Duplex): void {
    this.#connections = carryConnections(this, dial);
  }

  close(): void {
    this.giveUp(new JourneymanError("sandbox_lost", { reason: "it was closed" }));
  }

  /** Ends the sandbox; whatever is under way in it rejects with `reason`, and so does all that is asked of it later. */
  giveUp(reason: JourneymanError): void {
    this.#end(reason);
    this.#stream.destroy();
  }

  get isOver(): boolean {
    return this.#lost !== null;
  }

  send(type: FrameType, id: number, payload?: Uint8Array): void {
    if (this.#lost === null && !this.#stream.destroyed) this.#stream.write(encodeFrame(type, id, payload));
  }

  #read(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#take(frame);
    } catch (thrown) {
      // A field that is not there is a RangeError: no more a frame than what the reader refuses.
      const known = asJourneymanError(thrown);
      const reason =
        known.code === "sandbox_lost"
          ? known
          : new JourneymanError("sandbox_lost", { reason: "it sent what is no frame" }, { cause: thrown });
      this.giveUp(reason);
    }
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
          this.send("I", id, chunk);
        }
      }
      this.send("I", id);
    } catch {
      // The source broke off: half an input must not be taken for the whole of it.
      this.send("K", id);
    }
  }

  #take(frame: Frame): void {
    if (frame.type === "H" && frame.payload.readUInt8(0) !== PROTOCOL)
      return this.#lose("its image is of another version");
    if ("CDGFZ".includes(frame.type)) return this.#connections?.take(frame);
    if (frame.type === "A") {
      this.#waiting.get(frame.id)?.settle();
      this.#waiting.delete(frame.id);
      return;
    }
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    if (frame.type === "O") pending.onOutput("stdout", frame.payload);
    else if (frame.type === "E") pending.onOutput("stderr", frame.payload);
    else if (frame.type === "W") {
      pending.credit += frame.payload.readUInt32BE(0);
      pending.wake?.();
      pending.wake = null;
    } else if (frame.type === "X") {
      const exit = decodeExit(frame.payload);
      this.#forget(frame.id, pending);
      pending.settle(exit);
    }
  }

  #forget(id: number, pending: Pending): void {
    clearTimeout(pending.watchdog);
    this.#pending.delete(id);
    pending.wake?.();
  }

  #lose(reason: string, cause?: unknown): void {
    const said = this.#reader.stderr.trim();
    this.#end(new JourneymanError("sandbox_lost", { reason }, { cause: cause ?? (said === "" ? undefined : said) }));
  }

  #end(lost: JourneymanError): void {
    if (this.#lost !== null) return;
    this.#lost = lost;
    this.#connections?.close();
    for (const [id, pending] of this.#pending) {
      this.#forget(id, pending);
      pending.fail(lost);
    }
    for (const waiting of this.#waiting.values()) waiting.fail(lost);
    this.#waiting.clear();
  }
}
