import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Channel } from "../../../src/sandbox/channel.ts";
import { carryConnections, MAX_CONNECTIONS, WINDOW_BYTES } from "../../../src/sandbox/connections.ts";
import { encodeFrame } from "../../../src/sandbox/frames.ts";
import type { Frame, FrameType } from "../../../src/sandbox/frames.ts";

interface Sent {
  readonly type: FrameType;
  readonly id: number;
  readonly payload: Buffer;
}

const frame = (type: string, id: number, payload: Uint8Array = new Uint8Array()): Frame => ({
  type,
  id,
  payload: Buffer.from(payload),
});

const count = (value: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
};

/** The worker's end with a far side that writes down what it is sent. */
function line(dial: () => Duplex) {
  const sent: Sent[] = [];
  const connections = carryConnections(
    { send: (type, id, payload = new Uint8Array()) => void sent.push({ type, id, payload: Buffer.from(payload) }) },
    dial,
  );
  const bytesSent = () => sent.filter(({ type }) => type === "D").reduce((sum, d) => sum + d.payload.byteLength, 0);
  return { connections, sent, bytesSent };
}

const settled = () => new Promise((done) => setTimeout(done, 20));

/** A side that never takes what it is given. */
const stuck = () => new Duplex({ read() {}, write() {} });

test("bytes go both ways, are granted anew once taken, and the end comes after the last of them", async () => {
  const echo = new PassThrough();
  const { connections, sent } = line(() => echo);
  connections.take(frame("C", 1));
  connections.take(frame("D", 1, Buffer.from("hello")));
  connections.take(frame("F", 1));
  await settled();
  expect(sent.find(({ type }) => type === "G")?.payload.readUInt32BE(0)).toBe(5);
  const heard = sent.filter(({ type }) => type !== "G").map(({ type, payload }) => `${type} ${payload.toString()}`);
  expect(heard).toEqual(["D hello", "F "]);
});

test("a program that takes nothing is sent one window and no more, and each grant is worth what it says", async () => {
  const endless = new Duplex({
    read() {
      this.push(Buffer.alloc(65_536));
    },
    write() {},
  });
  const { connections, bytesSent } = line(() => endless);
  connections.take(frame("C", 1));
  await settled();
  expect(bytesSent()).toBe(WINDOW_BYTES);
  connections.take(frame("G", 1, count(1000)));
  await settled();
  expect(bytesSent()).toBe(WINDOW_BYTES + 1000);
  expect(endless.readableLength).toBeLessThan(4 * 65_536);
  connections.close();
  expect(endless.destroyed).toBe(true);
});

test("a side that takes nothing is owed nothing, and more than a window is a broken far side", () => {
  const { connections, sent } = line(stuck);
  connections.take(frame("C", 1));
  for (let at = 0; at < WINDOW_BYTES; at += 32_768) connections.take(frame("D", 1, Buffer.alloc(32_768)));
  expect(sent).toEqual([]);
  expect(() => connections.take(frame("D", 1, Buffer.alloc(1)))).toThrow(
    expect.objectContaining({ code: "sandbox_lost" }),
  );
});

test.each([
  ["one connection too many", () => Array.from({ length: MAX_CONNECTIONS + 1 }, (_, id) => frame("C", id))],
  ["a number in use", () => [frame("C", 1), frame("C", 1)]],
  ["a grant of what was not sent", () => [frame("C", 1), frame("G", 1, count(1))]],
  ["a grant that is no number", () => [frame("C", 1), frame("G", 1, Buffer.from("x"))]],
  ["bytes after the end", () => [frame("C", 1), frame("F", 1), frame("D", 1, Buffer.from("x"))]],
])("%s is a broken far side", (_, frames) => {
  const { connections } = line(stuck);
  const take = () => frames().forEach((each) => connections.take(each));
  expect(take).toThrow(expect.objectContaining({ code: "sandbox_lost" }));
});

test("a side that breaks off is told of once, and its number may be spoken of afterwards", async () => {
  const broken = stuck();
  const { connections, sent } = line(() => broken);
  connections.take(frame("C", 7));
  broken.destroy();
  await settled();
  expect(sent.map(({ type, id }) => `${type}${id}`)).toEqual(["Z7"]);
  for (const type of ["D", "G", "F", "Z"]) connections.take(frame(type, 7, count(1)));
  expect(sent).toHaveLength(1);
});

test("whatever a far side sends, it is held to its windows or given up, and nothing fails by itself", async () => {
  const types = fc.constantFrom("C", "D", "G", "F", "Z");
  const step = fc.record({ type: types, id: fc.integer({ min: 1, max: 20 }), size: fc.nat({ max: 40_000 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const open = new Set<Duplex>();
      let allowed = 0;
      let made = 0;
      const { connections, bytesSent } = line(() => {
        const side = made++ % 2 === 0 ? new PassThrough() : stuck();
        allowed += WINDOW_BYTES;
        open.add(side);
        side.once("close", () => open.delete(side));
        return side;
      });
      try {
        for (const { type, id, size } of steps) {
          connections.take(frame(type, id, type === "G" ? count(size) : Buffer.alloc(size)));
          if (type === "G") allowed += size;
        }
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "sandbox_lost" });
      }
      await new Promise(setImmediate);
      expect(bytesSent()).toBeLessThanOrEqual(allowed);
      for (const side of open) expect(side.writableLength).toBeLessThanOrEqual(WINDOW_BYTES);
      expect([...open].filter((side) => !side.destroyed).length).toBeLessThanOrEqual(MAX_CONNECTIONS);
      connections.close();
      await new Promise(setImmediate);
      expect(open.size).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test("a channel that hears what is no frame ends as `sandbox_lost`, and throws nowhere else", async () => {
  const engine = (body: Uint8Array) => Buffer.concat([Buffer.from([1, 0, 0, 0]), count(body.byteLength), body]);
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => engine(bytes)),
    fc
      .tuple(
        fc.constantFrom("H", "O", "E", "W", "X", "A", "C", "D", "G", "F", "Z"),
        fc.nat({ max: 3 }),
        fc.uint8Array({ maxLength: 12 }),
      )
      .map(([type, id, payload]) => engine(encodeFrame(type, id, payload))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 12 }), async (pieces) => {
      const stream = new PassThrough();
      const channel = new Channel(Duplex.from({ readable: stream, writable: new PassThrough().resume() }));
      channel.carryConnections(stuck);
      const run = { argv: ["x"], cwd: "", separate: false, stdin: null, timeoutMs: 1000, outputCap: 0 };
      const { finished } = channel.run({ ...run, onOutput: () => {} });
      for (const piece of pieces) stream.write(piece);
      stream.end();
      const outcome = await finished.then(
        ({ ended }) => ended,
        (lost: unknown) => lost,
      );
      if (typeof outcome !== "string") expect(outcome).toMatchObject({ code: "sandbox_lost" });
    }),
    { numRuns: 300 },
  );
});

test("an image of another version is told at the first frame", async () => {
  const stream = new PassThrough();
  const channel = new Channel(Duplex.from({ readable: stream, writable: new PassThrough().resume() }));
  const run = { argv: ["x"], cwd: "", separate: false, stdin: null, timeoutMs: 1000, outputCap: 0 };
  const { finished } = channel.run({ ...run, onOutput: () => {} });
  const hello = encodeFrame("H", 0, Buffer.from([1]));
  stream.write(Buffer.concat([Buffer.from([1, 0, 0, 0]), count(hello.byteLength), hello]));
  await expect(finished).rejects.toMatchObject({ code: "sandbox_lost", message: expect.stringContaining("version") });
});

test("a client that hangs up in the middle of an answer ends the server's side of it", async () => {
  const server = createServer((_, response) => void response.write(Buffer.alloc(1 << 20)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { connections, sent } = line(() => connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  connections.take(frame("C", 1));
  connections.take(frame("D", 1, Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  await expect.poll(() => sent.filter(({ type }) => type === "D").length).toBeGreaterThan(0);
  connections.take(frame("Z", 1));
  await expect.poll(() => new Promise((done) => server.getConnections((_, open) => done(open)))).toBe(0);
  server.close();
});
