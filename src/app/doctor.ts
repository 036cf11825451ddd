import { asJourneymanError } from "../core/errors.ts";
import { openQueue } from "../queue/queue.ts";
import { composeForge, composeRedis, composeSandbox } from "./compose.ts";
import { serverConfig, type ServerConfig } from "./config.ts";
import { checkModel } from "./doctor-model.ts";
import { STORAGE_CHECKS } from "./doctor-storage.ts";
import { type Check, fail, ok, warn, type Finding } from "./finding.ts";
import { printedSentence } from "./sentence.ts";
import { olderThan, RUNC_FLOORS } from "./versions.ts";

const quiet = { warn: () => {}, info: () => {}, error: () => {}, debug: () => {} };

async function checkRedis(config: ServerConfig): Promise<Finding[]> {
  const redis = await composeRedis(config);
  const queue = await openQueue({ connection: redis.address, log: quiet });
  try {
    await queue.check();
    return [ok("redis", "url" in redis.address ? "answers" : "a local server in the data directory answers")];
  } finally {
    await queue.close(1_000);
    await redis.stop();
  }
}

async function checkSandbox(config: ServerConfig): Promise<Finding[]> {
  const sandbox = composeSandbox(config);
  try {
    const report = await sandbox.report();
    const old = olderThan(report.runcVersion, RUNC_FLOORS);
    const runc = `runc ${report.runcVersion}`;
    return [
      ok("docker", `engine ${report.engineVersion}, workspaces by ${report.strategy}`),
      old
        ? warn("runc", runc, "older than the fixed releases unless your distribution has backported them; update runc")
        : ok("runc", runc),
      report.imageId === null
        ? fail(
            "sandbox image",
            `${config.SANDBOX_IMAGE} is missing`,
            `docker build -t ${config.SANDBOX_IMAGE} sandbox-image`,
          )
        : ok("sandbox image", `${config.SANDBOX_IMAGE} ${report.imageId.slice(0, 19)}`),
    ];
  } finally {
    await sandbox.close();
  }
}

/** Permissions and events of `app.yml`; what the App lacks makes some part of the work fail. */
const NEEDED = { contents: "write", issues: "write", pull_requests: "write", metadata: "read" } as const;
const EVENTS = ["issues", "issue_comment"] as const;
const UNWANTED = ["workflows", "administration", "secrets", "actions"] as const;

async function checkApp(config: ServerConfig): Promise<Finding[]> {
  const app = await composeForge(config).appInfo();
  const lacking = Object.entries(NEEDED).filter(
    ([name, level]) => app.permissions[name] !== level && app.permissions[name] !== "write",
  );
  const deaf = EVENTS.filter((event) => !app.events.includes(event));
  const unwanted = UNWANTED.filter((name) => app.permissions[name] !== undefined);
  const settings = "in the App's settings on GitHub";
  return [
    ok("github app", `${app.name} (${app.slug})`),
    ...lacking.map(([name, level]) => fail("permission", `${name}: ${level} is missing`, `grant it ${settings}`)),
    ...deaf.map((event) => fail("event", `${event} is not subscribed`, `tick it ${settings}`)),
    ...unwanted.map((name) => warn("permission", `${name} is granted and not needed`, `take it back ${settings}`)),
  ];
}

const CHECKS: readonly Check[] = [
  ...STORAGE_CHECKS,
  ["redis", checkRedis],
  ["docker", checkSandbox],
  ["model", checkModel],
  ["github app", checkApp],
];

/** Everything that the server needs, checked one by one; a check that breaks is a finding, not an end. */
export async function examine(config: ServerConfig): Promise<Finding[]> {
  const findings: Finding[] = [ok("configuration", "complete")];
  for (const [name, check] of CHECKS) {
    const found = await check(config).catch((thrown: unknown) => {
      const error = asJourneymanError(thrown);
      return [fail(name, "not usable", error.message)];
    });
    findings.push(...found);
  }
  return findings;
}

const MARKS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;

const print = ({ check, level, detail, remedy }: Finding): void =>
  void process.stdout.write(
    `${MARKS[level]}  ${check.padEnd(14)} ${detail}${remedy === "" ? "" : `\n      → ${remedy}`}\n`,
  );

/** Prints the findings; the exit code is 1 when one of them keeps the server from working. */
export async function doctor(): Promise<number> {
  let config: ServerConfig;
  try {
    config = serverConfig();
  } catch (thrown) {
    const sentence = printedSentence(asJourneymanError(thrown)).replaceAll("\n", "\n      ");
    print(fail("configuration", "not usable", sentence));
    return 1;
  }
  const findings = await examine(config);
  findings.forEach(print);
  return findings.some((finding) => finding.level === "fail") ? 1 : 0;
}
