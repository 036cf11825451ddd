import { describe, expect, test } from "vitest";
import { ask, echo, start, startRegistry } from "./kit.ts";

const DEAD = "http://127.0.0.1:9";

describe("a registry counts as one that does not answer", () => {
  test("when nobody listens", async () => {
    const { proxy, socketPath } = await start(DEAD);
    expect(proxy.unreachable()).toEqual([]);
    await ask(socketPath, "/npm/x");
    expect(proxy.unreachable()).toEqual(["127.0.0.1:9"]);
  });

  test.each([
    [
      "has trouble of its own",
      (response: { writeHead: (status: number) => { end: () => void } }) => response.writeHead(503).end(),
    ],
    ["breaks off in the middle", (response: { destroy: () => void }) => response.destroy()],
  ])("when it %s, until it answers again", async (_how, fail) => {
    let isWell = false;
    const { base } = await startRegistry((_, response) => void (isWell ? response.end("{}") : fail(response)));
    const { proxy, socketPath } = await start(base);
    await ask(socketPath, "/npm/x/-/x-1.tgz").catch(() => {});
    await expect.poll(() => proxy.unreachable()).toEqual([new URL(base).host]);
    isWell = true;
    await ask(socketPath, "/npm/x/-/x-1.tgz");
    await expect.poll(() => proxy.unreachable()).toEqual([]);
  });
});

describe("a registry does not", () => {
  test("when it says that there is no such package, nor for what was never asked of it", async () => {
    const { base } = await startRegistry((_, response) => void response.writeHead(404).end("{}"));
    const { proxy, socketPath } = await start(base);
    await ask(socketPath, "/npm/nothing");
    await ask(socketPath, "/npm/nothing", { method: "PUT" });
    expect(proxy.unreachable()).toEqual([]);
  });

  test("when our own bounds end the answer", async () => {
    const { base } = await startRegistry((_, response) => void response.end("x".repeat(600)));
    const { proxy, socketPath } = await start(base, { limits: { bytes: 100 } });
    await ask(socketPath, "/npm/x/-/x-1.tgz").catch(() => {});
    const timed = await start((await startRegistry(() => {})).base, { limits: { ms: 100 } });
    await ask(timed.socketPath, "/npm/x/-/x-1.tgz").catch(() => {});
    const well = await start((await startRegistry(echo)).base);
    await ask(well.socketPath, "/npm/x/-/x-1.tgz");
    expect([proxy, timed.proxy, well.proxy].flatMap((one) => one.unreachable())).toEqual([]);
  });
});
