import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../src/core/change/change.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { newDataDir } from "../demo/data-dir.ts";
import { BASE, received, requested, RUN, SUBJECT, PLAN_COMMAND } from "../support/facts.ts";

const path = (file: string): string => new URL(`../../${file}`, import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  /** All that is ever typed: the input ends after it. */
  readonly typed?: string;
}

async function program(file: string, words: readonly string[], given: Given = {}): Promise<Ended> {
  const { PATH, HOME, NODE_EXTRA_CA_CERTS, TMPDIR } = process.env;
  const env = { PATH, HOME, NODE_EXTRA_CA_CERTS, TMPDIR, ...given.environment };
  const child = spawn(process.execPath, [path(file), ...words], { env });
  child.stdin.on("error", () => {}).end(given.typed ?? "");
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), promise]);
  return { code, out, err };
}

const journeyman = (words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> =>
  program("src/app/main.ts", words, { environment });

const linesOf = (written: string): string[] => written.trimEnd().split("\n");

let room: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-edges-"));
});
afterEach(() => rm(room, { recursive: true, force: true }));

describe("without a journal", () => {
  test.each([[["runs"]], [["show", "00000000"]]])(
    "%j is one sentence with the path, and makes nothing",
    async (words) => {
      for (const dataDir of [room, join(room, "absent")]) {
        const ended = await journeyman(words, { DATA_DIR: dataDir });
        expect(ended.code).toBe(1);
        expect(linesOf(ended.err)).toEqual([
          `journeyman: No journal at ${dataDir}/journal.sqlite: set DATA_DIR, and DATABASE_URL where there is one, as the server has them.`,
        ]);
      }
      expect(await readdir(room)).toEqual([]);
    },
  );
});

describe("options", () => {
  test.each(["abc", "-3", "0", "5x", "1.5", "10001", ""])(
    "`--limit %s` is refused with one sentence",
    async (given) => {
      const ended = await journeyman(["runs", "--limit", given], { DATA_DIR: room });
      expect(ended.code).toBe(1);
      expect(linesOf(ended.err)).toHaveLength(1);
      expect(ended.err).toContain("--limit takes a whole number from 1 to 10000");
    },
  );
});

describe("faults of the configuration", () => {
  test.each(["serve", "doctor"])("`%s` has each on its own line, and says where to read on", async (word) => {
    const ended = await journeyman([word], { PORT: "many", DATA_DIR: room });
    const lines = linesOf(`${ended.out}${ended.err}`);
    expect(ended.code).toBe(1);
    expect(lines.join("\n")).toContain("`.env.example` and docs/configuration.md");
    for (const name of ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "ANTHROPIC_API_KEY", "PORT"])
      expect(lines.filter((line) => line.trimStart().startsWith(`${name} `))).toHaveLength(1);
  });
});

describe("a start without what it needs", () => {
  const CONFIGURED = {
    APP_ID: "1",
    PRIVATE_KEY: generateKeyPairSync("rsa", { modulusLength: 2048 })
      .privateKey.export({ format: "pem", type: "pkcs8" })
      .toString(),
    WEBHOOK_SECRET: "a-secret-of-some-length",
    ANTHROPIC_API_KEY: "sk-nobody",
    REDIS_URL: "redis://127.0.0.1:1",
  };

  test.each([
    ["Redis", {}, /^journeyman: Redis at 127\.0\.0\.1:1 does not answer\./],
    [
      "PostgreSQL",
      { REDIS_URL: "", DATABASE_URL: "postgres://u:secret-word@127.0.0.1:1/j" },
      /^journeyman: .*PostgreSQL: no server listens(?!.*secret-word)/,
    ],
  ])("%s away is one sentence, and exit code 2: another start may work", async (_, more, sentence) => {
    const ended = await journeyman(["work"], { ...CONFIGURED, DATA_DIR: room, ...more });
    expect(ended.code).toBe(2);
    expect(linesOf(ended.err).at(-1)).toMatch(sentence);
    expect(ended.err).not.toContain("secret-word");
  });

  test("a DATA_DIR that is no directory is one sentence with its path", async () => {
    const dataDir = join(room, "file", "inside");
    await writeFile(join(room, "file"), "");
    const ended = await journeyman(["serve"], { ...CONFIGURED, DATA_DIR: dataDir });
    expect(ended.code).toBe(2);
    expect(linesOf(ended.err)).toEqual([
      expect.stringContaining(`DATA_DIR ${dataDir} is no directory that can be written, ENOTDIR`),
    ]);
    const { out } = await journeyman(["doctor"], { ...CONFIGURED, DATA_DIR: dataDir, GHE_HOST: "127.0.0.1:1" });
    for (const check of ["disk", "journal"])
      expect(out).toMatch(new RegExp(`^FAIL  ${check} +not usable\\n +→ .*DATA_DIR ${dataDir}`, "m"));
  });
});

describe("show --files", () => {
  async function runWithFile(name: string, content: string): Promise<void> {
    const artifact = await openArtifacts(join(room, "artifacts")).put(new TextEncoder().encode(content));
    const journal = await openJournal({ file: join(room, "journal.sqlite") });
    const change: Change = { status: "added", path: name, mode: "100644", size: 1, blob: BASE, artifact };
    const checkpoint: RunEvent = {
      type: "checkpoint.saved",
      conversation: "implement.1",
      turn: 1,
      changes: [change],
      refused: [],
      ignored: 0,
    };
    await journal.receive({ id: "1", body: "1" }, SUBJECT, {
      at: "2026-01-01T00:00:00.000Z",
      admit: () => ({ run: RUN, events: [requested(), received(PLAN_COMMAND), checkpoint] }),
    });
    await journal.close();
  }

  test("writes nothing that a terminal obeys: text, tabs and line ends only", async () => {
    await runWithFile("a\u001b[2Jb.txt", "one\u001b[2J\ttwo\u0007\r\nthr\u001b]0;title\u0007ee\u009b31m\n");
    const ended = await journeyman(["show", RUN, "--files"], { DATA_DIR: room });
    expect(ended.err).toBe("");
    expect(ended.out).toBe("── added ab.txt\none\ttwo\nthree\n\n");
  });
});

describe("the demo", () => {
  const prompts = (out: string): string[] => out.match(/^Type .*$/gm) ?? [];

  test("answers what is no command and what is refused, makes a new plan, and ends at the end of its input", async () => {
    const typed = "/foo\n/approve 000000000000\n/revise smaller\n";
    const ended = await program("test/demo/demo.ts", ["--data", room], { typed });
    expect(ended.err).toBe("");
    expect(ended.code).toBe(1);
    expect(ended.out).toContain("none of the commands");
    expect(ended.out).toContain("`000000000000` is not the open plan");
    expect(ended.out).toContain("## Plan 2:");
    const newest = /\/approve [0-9a-f]{12}(?=\n)/.exec(ended.out.split("## Plan 2:")[1] ?? "")?.[0];
    expect(prompts(ended.out)).toHaveLength(4);
    expect(prompts(ended.out).at(-1)).toContain(newest);
    expect(ended.out).toMatch(/No answer came: ended without approval, and nothing was written \(\d+ s\)\.\n$/);
    expect(ended.out).not.toContain("127.0.0.1");
  });

  test("ends with the App's words when the run is stopped, and the run can be read again", async () => {
    const ended = await program("test/demo/demo.ts", ["--data", room], { typed: "/stop\n" });
    expect(ended.code).toBe(1);
    expect(ended.out).toContain("**Stopped** by `maintainer`");
    const [, dataDir = "", run = ""] = /DATA_DIR=(\S+) .* show (\w+)$/m.exec(ended.out) ?? [];
    const shown = await journeyman(["show", run], { DATA_DIR: dataDir });
    expect(shown.out).toContain("stopped");
  });

  test("an unknown option is one sentence", async () => {
    const ended = await program("test/demo/demo.ts", ["--bogus"]);
    expect(ended.code).toBe(1);
    expect(linesOf(ended.err)).toEqual([expect.stringContaining("--bogus")]);
  });

  test("keeps the data of five runs, the newest, and leaves other things alone", async () => {
    await mkdir(join(room, "mine"));
    const made: string[] = [];
    for (let minute = 0; minute < 7; minute += 1)
      made.push(await newDataDir(room, new Date(Date.UTC(2026, 0, 1, 0, minute))));
    const left = (await readdir(room)).map((name) => join(room, name));
    expect(left.toSorted()).toEqual([...made.slice(2), join(room, "mine")].toSorted());
  });
});
