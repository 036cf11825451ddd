/*
 * The arrows and bounds of the project as data. A bound that must be broken is broken here, in the open, with its reason.
 */

/** What a folder of `src` may import: own folders, and packages or built-in modules (a trailing `*` stands for any rest). */
export interface Layer {
  readonly own: readonly string[];
  readonly outside: readonly string[];
}

const driver = (...outside: string[]): Layer => ({ own: ["core", "ports"], outside: ["zod", ...outside] });
/** Harmless in any driver; processes, networks and databases are named where they belong. */
const PLAIN_NODE = [
  "crypto",
  "events",
  "fs",
  "fs/promises",
  "os",
  "path",
  "stream",
  "stream/promises",
  "timers/promises",
  "zlib",
].map((name) => `node:${name}`);

export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { own: ["core"], outside: ["zod"] },
  views: { own: ["core", "views"], outside: [] },
  ports: { own: ["core", "ports"], outside: [] },
  tools: { own: ["core", "ports", "tools"], outside: ["zod"] },
  git: driver(...PLAIN_NODE, "node:child_process"),
  github: driver(...PLAIN_NODE, "probot", "@octokit/*"),
  journal: driver(...PLAIN_NODE, "kysely", "node:sqlite"),
  queue: driver(...PLAIN_NODE, "bullmq", "ioredis", "node:child_process"),
  sandbox: driver(
    ...PLAIN_NODE,
    "dockerode",
    "tar-stream",
    "ignore",
    "node:child_process",
    "node:http",
    "node:https",
    "node:net",
    "node:dns/promises",
    "node:url",
  ),
  model: driver("@anthropic-ai/sdk*"),
  agent: { own: ["core", "ports", "tools", "agent"], outside: ["zod"] },
  run: { own: ["core", "views", "ports", "tools", "agent", "run"], outside: [] },
  app: { own: ["*"], outside: ["*"] },
};

export const DRIVERS = ["git", "github", "journal", "queue", "sandbox", "model"];

export interface Exception {
  readonly file: string;
  readonly rule: "import" | "file length" | "function length" | "parameters" | "own imports" | "default export";
  /** The import that is allowed; absent for other rules. */
  readonly what?: string;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: "src/core/digest.ts",
    rule: "import",
    what: "node:crypto",
    reason: "hashing is a pure function of its input",
  },
  { file: "src/core/markdown.ts", rule: "import", what: "markdown-it", reason: "parsing Markdown is pure" },
  { file: "src/core/hidden.ts", rule: "import", what: "markdown-it", reason: "the type of the parser's tokens" },
  { file: "src/core/defuse.ts", rule: "import", what: "markdown-it", reason: "the type of the parser's tokens" },
  { file: "src/core/grammar.ts", rule: "import", what: "markdown-it", reason: "commands are found on parsed Markdown" },
  { file: "src/core/settings-file.ts", rule: "import", what: "yaml", reason: "parsing YAML is pure" },
  {
    file: "src/agent/prompts.ts",
    rule: "import",
    what: "node:fs",
    reason: "prompts are Markdown files of the package, read once",
  },
  { file: "src/app/compose.ts", rule: "own imports", reason: "the composition root" },
  {
    file: "src/queue/local-redis.ts",
    rule: "import",
    what: "node:sqlite",
    reason: "its lock on the data directory is one that the kernel frees when the holder dies",
  },
  { file: "vitest.config.ts", rule: "default export", reason: "vitest asks for one" },
];

export const BOUNDS = {
  fileLines: 250,
  fileMedian: 120,
  fileNinetieth: 180,
  functionLines: 70,
  functionMedian: 12,
  parameters: 3,
  ownImports: 10,
  /** One above the first intent: small files of one noun each lean on more neighbours than large ones do. */
  ownImportsMean: 4,
};

export const FORBIDDEN_FOLDERS = ["utils", "util", "helpers", "helper", "common", "misc", "lib"];
