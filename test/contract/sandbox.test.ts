import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenWorkspace, Workspace } from "../../src/ports/sandbox.ts";
import { sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;

describe.each(["overlay", "archive"] as const)("a sandbox (%s)", (strategy) => {
  let bench: SandboxBench;
  let opened: OpenWorkspace;
  let workspace: Workspace;

  beforeAll(async () => {
    bench = await sandboxBench({ strategy });
    const base = await bench.tree({ "readme.md": "hello\n", "bin/go": { executable: "#!/bin/sh\necho gone\n" } });
    opened = await bench.sandbox.open(bench.spec(base), never);
    workspace = opened.workspace;
  });
  afterAll(() => bench.clean());

  test("uses the strategy it was told", () => expect(opened.strategy).toBe(strategy));

  test("runs a command in the workspace and gives its exit code", async () => {
    const result = await workspace.run(script("pwd; cat readme.md; ./bin/go; exit 7"), never);
    expect(result).toMatchObject({ exitCode: 7, ended: "exit" });
    expect(textOf(result.stdout)).toBe("/workspace\nhello\ngone\n");
  });

  test("runs in a directory of the workspace when told to", async () => {
    const result = await workspace.run({ argv: ["pwd"], cwd: "bin", timeoutMs: 5000 }, never);
    expect(textOf(result.stdout)).toBe("/workspace/bin\n");
    const nowhere = await workspace.run({ argv: ["pwd"], cwd: "nowhere", timeoutMs: 5000 }, never);
    expect(nowhere.exitCode).toBe(126);
  });

  test("merges stderr into stdout in the order written, or keeps them apart", async () => {
    const say = "echo 1; echo 2 >&2; echo 3";
    const merged = await workspace.run(script(say), never);
    expect([textOf(merged.stdout), textOf(merged.stderr)]).toEqual(["1\n2\n3\n", ""]);
    const apart = await workspace.run({ ...script(say), separate: true }, never);
    expect([textOf(apart.stdout), textOf(apart.stderr)]).toEqual(["1\n3\n", "2\n"]);
  });

  test("a program that is not there and an argument that cannot be passed are results", async () => {
    const missing = await workspace.run({ argv: ["no-such-program"], timeoutMs: 5000 }, never);
    expect(missing).toMatchObject({ exitCode: 127, ended: "exit" });
    const zero = await workspace.run({ argv: ["echo", "a\0b"], timeoutMs: 5000 }, never);
    expect(zero).toMatchObject({ exitCode: 126, ended: "exit" });
  });

  test("a program that dies of a signal has 128 and its number as exit code", async () => {
    expect(await workspace.run(script("kill -SEGV $$"), never)).toMatchObject({ exitCode: 139, ended: "exit" });
  });

  test("S73 a command that reads stdin gets what it was given, or at once the end", async () => {
    const bytes = Buffer.alloc(3_000_000, "0123456789abcdef\n");
    const counted = await workspace.run({ argv: ["sha1sum"], stdin: bytes, timeoutMs: 30_000 }, never);
    const unread = await workspace.run({ argv: ["true"], stdin: bytes, timeoutMs: 30_000 }, never);
    const none = await workspace.run({ argv: ["cat"], timeoutMs: 30_000 }, never);
    expect(textOf(counted.stdout).slice(0, 40)).toBe(createHash("sha1").update(bytes).digest("hex"));
    expect([counted.exitCode, unread.exitCode, none.exitCode, none.stdout.totalBytes]).toEqual([0, 0, 0, 0]);
  });

  test("S73 a command that takes too long is ended, and says so", async () => {
    const result = await workspace.run({ argv: ["sleep", "60"], timeoutMs: 300 }, never);
    expect(result).toMatchObject({ exitCode: null, ended: "timeout" });
    expect(result.durationMs).toBeLessThan(30_000);
  });

  test("a command whose signal is aborted ends as cancelled, before its start or in the middle", async () => {
    const controller = new AbortController();
    const running = workspace.run({ argv: ["sleep", "60"], timeoutMs: 60_000 }, controller.signal);
    setTimeout(() => controller.abort(), 100);
    expect(await running).toMatchObject({ exitCode: null, ended: "cancelled" });
    const late = await workspace.run(script("echo started"), controller.signal);
    expect(late).toMatchObject({ ended: "cancelled", stdout: { totalBytes: 0 } });
  });

  test("S71 a flood of output ends at 10 MiB, of which head and tail are kept", async () => {
    const result = await workspace.run({ argv: ["yes"], keepBytes: 1000, timeoutMs: 60_000 }, never);
    expect(result).toMatchObject({ exitCode: null, ended: "output_limit" });
    expect(result.stdout.totalBytes).toBe(10 * 1024 * 1024);
    expect([result.stdout.head.byteLength, result.stdout.tail.byteLength]).toEqual([500, 500]);
  });

  test("S72 what a command leaves behind is gone when its result arrives", async () => {
    await workspace.run(script("setsid sleep 1000 & (setsid bash -c 'sleep 1000; true' &) ; echo started"), never);
    const processes = await workspace.run(script("ls -d /proc/[0-9]* | wc -l"), never);
    // PID 1, the shell, ls and wc.
    expect(Number(textOf(processes.stdout))).toBeLessThanOrEqual(4);
  });

  test("commands run side by side, and one's end does not end the others", async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => workspace.run(script(`sleep 0.${n % 5}; echo ${n}`), never)),
    );
    expect(results.map((result) => textOf(result.stdout))).toEqual(Array.from({ length: 20 }, (_, n) => `${n}\n`));
  });

  test("S68 a fork bomb ends with its time, and the next command runs", async () => {
    const bomb = await workspace.run({ argv: ["bash", "-c", ":(){ :|:& };:; sleep 60"], timeoutMs: 1500 }, never);
    expect(bomb.ended === "timeout" || bomb.exitCode !== 0).toBe(true);
    expect(textOf((await workspace.run(script("echo alive"), never)).stdout)).toBe("alive\n");
  });

  test("S69 a command that takes all the memory ends as out of memory, and the next command runs", async () => {
    const eater = "x = []\nwhile True: x.append(bytearray(16 << 20))";
    const result = await workspace.run({ argv: ["python3", "-c", eater], timeoutMs: 60_000 }, never);
    expect(result).toMatchObject({ exitCode: null, ended: "out_of_memory" });
    expect(await workspace.run(script("exit 3"), never)).toMatchObject({ exitCode: 3, ended: "exit" });
  });

  test("reads a file up to a bound, and tells missing from unreadable", async () => {
    await workspace.run(script("mkdir -p d; printf 0123456789 > d/digits; mkfifo d/pipe; ln -s digits d/link"), never);
    const file = await workspace.readFile("d/digits", 4, never);
    expect(file).toEqual({ kind: "file", bytes: Buffer.from("0123"), size: 10 });
    expect(await workspace.readFile("d/link", 100, never)).toMatchObject({ kind: "file", size: 10 });
    expect(await workspace.readFile("d/nothing", 4, never)).toEqual({ kind: "missing" });
    expect(await workspace.readFile("d", 4, never)).toEqual({ kind: "not_a_file" });
    expect(await workspace.readFile("d/pipe", 4, never)).toEqual({ kind: "not_a_file" });
    expect(await workspace.readFile("d/digits", 0, never)).toMatchObject({ kind: "file", size: 10 });
  });

  test("writes a file with its parents, keeps the mode of one that exists, and says why it cannot", async () => {
    const bytes = Buffer.alloc(2_000_000, "x");
    expect(await workspace.writeFile("new/deep/file", bytes, never)).toEqual({ kind: "written" });
    expect(await workspace.writeFile("bin/go", Buffer.from("#!/bin/sh\necho new\n"), never)).toEqual({
      kind: "written",
    });
    const result = await workspace.run(script("stat -c %s new/deep/file; stat -c %a bin/go; ./bin/go"), never);
    expect(textOf(result.stdout)).toBe("2000000\n755\nnew\n");
    expect(await workspace.writeFile("bin", bytes, never)).toEqual({ kind: "failed", reason: "Is a directory" });
    expect(await workspace.writeFile("/etc/passwd", bytes, never)).toMatchObject({ kind: "failed" });
  });

  test("killAll ends running commands as cancelled", async () => {
    const running = workspace.run({ argv: ["sleep", "60"], timeoutMs: 60_000 }, never);
    await opened.killAll();
    expect(await running).toMatchObject({ exitCode: null, ended: "cancelled" });
  });

  test("the tools of the image work", async () => {
    const tools = [
      "node -p 1+1",
      "python3 -c 'print(1+1)'",
      "echo 'int main(){return 2;}' > /tmp/a.c && gcc /tmp/a.c -o /tmp/a; /tmp/a || echo $?",
      "git init -q /tmp/r && git -C /tmp/r commit -q --allow-empty -m x && git -C /tmp/r rev-list --count HEAD",
      "npm --version | wc -l; fd --version | wc -l; rg --version | grep -c ^ripgrep; jq -n 2; python3 -m venv /tmp/v && echo 2",
    ];
    const result = await workspace.run(script(tools.join("; ")), never);
    expect(textOf(result.stdout).split("\n").join(" ")).toBe("2 2 2 1 1 1 1 2 2 ");
  });

  test("a sandbox that is gone is `sandbox_lost`, for what runs and for what comes after", async () => {
    const base = await bench.tree({ a: "a" });
    const doomed = await bench.sandbox.open(bench.spec(base, { purpose: "doomed" }), never);
    const running = doomed.workspace.run({ argv: ["sleep", "60"], timeoutMs: 60_000 }, never);
    const lost = expect(running).rejects.toMatchObject({ code: "sandbox_lost" });
    await doomed.close();
    await lost;
    await expect(doomed.workspace.run(script("true"), never)).rejects.toMatchObject({ code: "sandbox_lost" });
    await doomed.close();
  });
});
