import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeExit, encodeFrame, encodeRun, FrameReader } from "../../../src/sandbox/frames.ts";

/** Bytes as the engine sends them: one of its own frames around each piece. */
function engineFrame(stream: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(body.byteLength, 4);
  return Buffer.concat([header, body]);
}

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.byteLength; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};

test("frames arrive as they were sent, however the bytes are cut on the way, twice over", () => {
  const frame = fc.record({ id: fc.nat(), payload: fc.uint8Array({ maxLength: 300 }) });
  const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), sizes, sizes, (frames, inner, outer) => {
      const sent = Buffer.concat(frames.map(({ id, payload }) => encodeFrame("O", id, payload)));
      const wrapped = Buffer.concat(cut(sent, inner).map((piece) => engineFrame(1, piece)));
      const reader = new FrameReader();
      const got = cut(wrapped, outer).flatMap((piece) => [...reader.push(piece)]);
      expect(got.map(({ id, payload }) => [id, [...payload]])).toEqual(
        frames.map(({ id, payload }) => [id, [...payload]]),
      );
    }),
  );
});

test("what PID 1 says on stderr is kept apart from the frames, and bounded", () => {
  const reader = new FrameReader();
  const whole = encodeFrame("H", 0, Buffer.from([1]));
  const mixed = [
    engineFrame(1, whole.subarray(0, 4)),
    engineFrame(2, Buffer.alloc(2000, "x")),
    engineFrame(2, Buffer.from("channel: poll\n")),
    engineFrame(1, whole.subarray(4)),
  ];
  expect([...reader.push(Buffer.concat(mixed))].map(({ type }) => type)).toEqual(["H"]);
  expect(reader.stderr).toHaveLength(500);
  expect(reader.stderr).toContain("channel: poll");
});

test("a command that cannot be passed on is refused, not cut", () => {
  const run = { cwd: "", separate: false, stdin: false, timeoutMs: 1000, outputCap: 0 };
  expect(encodeRun({ ...run, argv: [] })).toBeNull();
  expect(encodeRun({ ...run, argv: ["echo", "a\0b"] })).toBeNull();
  expect(encodeRun({ ...run, argv: ["echo"], cwd: "a\0" })).toBeNull();
  expect(encodeRun({ ...run, argv: ["echo", "x".repeat(2 ** 20)] })).toBeNull();
  expect(
    encodeRun({ ...run, argv: ["echo", "ü"] })
      ?.subarray(13)
      .toString(),
  ).toBe("\0\0\0\0\0\0\0\x04echo\0\0\0\x02ü");
});

test("a time limit is at least one millisecond and fits its field", () => {
  const run = { argv: ["x"], cwd: "", separate: false, stdin: false, outputCap: 0 };
  expect(encodeRun({ ...run, timeoutMs: 0 })?.readUInt32BE(1)).toBe(1);
  expect(encodeRun({ ...run, timeoutMs: 1e15 })?.readUInt32BE(1)).toBe(0xffffffff);
});

test("an exit frame says how it ended", () => {
  const payload = Buffer.from([2, 1, 0, 0, 0, 137, 0, 0, 3, 232]);
  expect(decodeExit(payload)).toEqual({ ended: "timeout", outOfMemory: true, code: 137, durationMs: 1000 });
});
