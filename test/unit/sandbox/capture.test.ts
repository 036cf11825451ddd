import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Capture } from "../../../src/sandbox/capture.ts";

test("a capture keeps the head and the tail of what it was given, and counts all of it", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 0, max: 100 }), (pieces, keep) => {
      const capture = new Capture(keep);
      for (const piece of pieces) capture.push(Buffer.from(piece));
      const all = Buffer.concat(pieces);
      const { head, tail, totalBytes } = capture.result();
      expect(totalBytes).toBe(all.byteLength);
      if (all.byteLength <= keep) {
        expect([Buffer.from(head), tail.byteLength]).toEqual([all, 0]);
        return;
      }
      expect(Buffer.from(head)).toEqual(all.subarray(0, Math.ceil(keep / 2)));
      expect(Buffer.from(tail)).toEqual(all.subarray(all.byteLength - Math.floor(keep / 2)));
    }),
  );
});

test("S71 a capture does not grow with what passes through it", () => {
  const capture = new Capture(1000);
  const before = process.memoryUsage().arrayBuffers;
  for (let piece = 0; piece < 4000; piece++) capture.push(Buffer.alloc(65_536));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
  expect(capture.result()).toMatchObject({ totalBytes: 4000 * 65_536 });
});
