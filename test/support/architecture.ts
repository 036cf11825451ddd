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
  "util",
  "zlib",
].map((name) => `node:${name}`);

export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { own: ["core"], outside: ["zod"] },
  views: { own: ["core", "views"], outside: [] },
  ports: { own: ["core", "ports"], outside: [] },
  tools: { own: ["core", "ports", "tools"], outside: ["zod"] },
  git: driver(...PLAIN_NODE, "node:child_process"),
  github: driver(...PLAIN_NODE, "probot", "@octokit/*"),
  journal: driver(...PLAIN_NODE, "kysely", "node:sqlite", "pg", "@aws-sdk/client-s3"),
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
  model: driver("@anthropic-ai/sdk*", "openai*"),
  local: driver(...PLAIN_NODE, "node:url"),
  telemetry: driver("node:crypto", "prom-client", "@opentelemetry/*"),
  web: driver("node:dns", "node:http", "node:https", "node:net"),
  agent: { own: ["core", "ports", "tools", "agent"], outside: ["zod"] },
  run: { own: ["core", "views", "ports", "tools", "agent", "run"], outside: [] },
  embed: {
    own: ["core", "views", "ports", "run", "git", "journal", "local", "sandbox"],
    outside: ["node:fs/promises", "node:path"],
  },
  eval: { own: ["core", "ports", "embed", "git", "journal", "local"], outside: ["zod", "yaml", ...PLAIN_NODE] },
  "index.ts": { own: ["*"], outside: [] },
  app: { own: ["*"], outside: ["*"] },
};

export const DRIVERS = ["git", "github", "journal", "queue", "sandbox", "model", "web", "telemetry", "local"];

export interface Exception {
  readonly file: string;
  readonly rule:
    | "import"
    | "file length"
    | "function length"
    | "parameters"
    | "own imports"
    | "default export"
    | "barrel";
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
  {
    file: "src/core/public-address.ts",
    rule: "import",
    what: "node:net",
    reason: "comparing an address with ranges is pure; two drivers need the same list",
  },
  { file: "src/core/text/markdown.ts", rule: "import", what: "markdown-it", reason: "parsing Markdown is pure" },
  { file: "src/core/text/hidden.ts", rule: "import", what: "markdown-it", reason: "the type of the parser's tokens" },
  { file: "src/core/text/defuse.ts", rule: "import", what: "markdown-it", reason: "the type of the parser's tokens" },
  { file: "src/core/grammar.ts", rule: "import", what: "markdown-it", reason: "commands are found on parsed Markdown" },
  { file: "src/core/settings/settings-file.ts", rule: "import", what: "yaml", reason: "parsing YAML is pure" },
  { file: "src/core/testing/reports/xml.ts", rule: "import", what: "fast-xml-parser", reason: "parsing XML is pure" },
  { file: "src/core/understanding/skill-file.ts", rule: "import", what: "yaml", reason: "parsing YAML is pure" },
  { file: "src/core/text/diff-text.ts", rule: "import", what: "diff", reason: "comparing two texts is pure" },
  {
    file: "src/agent/prompts.ts",
    rule: "import",
    what: "node:fs",
    reason: "prompts are Markdown files of the package, read once",
  },
  { file: "src/app/compose.ts", rule: "own imports", reason: "the composition root" },
  {
    file: "src/app/main.ts",
    rule: "own imports",
    reason: "every command meets its program here, each loaded when it is given",
  },
  { file: "src/github/forge.ts", rule: "own imports", reason: "every method of the port meets its verb here" },
  { file: "src/run/runner.ts", rule: "own imports", reason: "every kind of step meets what does it here" },
  { file: "src/journal/journal.ts", rule: "own imports", reason: "every method of the port meets its query here" },
  { file: "src/run/world.ts", rule: "own imports", reason: "names every port that a run touches" },
  {
    file: "src/core/events.ts",
    rule: "own imports",
    reason: "the union of facts names every noun that a fact carries",
  },
  { file: "src/index.ts", rule: "barrel", reason: "the package's one way in: what other programs may rely on" },
  { file: "src/index.ts", rule: "own imports", reason: "it names all that is public" },
  {
    file: "src/embed/local-ports.ts",
    rule: "own imports",
    reason: "chooses the drivers of a run without a server, as app/compose.ts does for a server",
  },
  {
    file: "src/embed/run.ts",
    rule: "own imports",
    reason: "all that a run needs of the engine meets in its one loop",
  },
  {
    file: "src/eval/task-run.ts",
    rule: "own imports",
    reason: "one task from its files to its report: engine, recorded model and grading meet here",
  },
  {
    file: "src/queue/local-redis.ts",
    rule: "import",
    what: "node:sqlite",
    reason: "its lock on the data directory is one that the kernel frees when the holder dies",
  },
  { file: "vitest.config.ts", rule: "default export", reason: "vitest asks for one" },
  { file: "test/support/faults/bundle.ts", rule: "default export", reason: "vitest asks a global set-up for one" },
  { file: "test/support/faults/table.ts", rule: "default export", reason: "vitest asks a reporter for one" },
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
