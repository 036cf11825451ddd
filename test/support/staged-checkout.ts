import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { ROOT } from "./source.ts";

/*
 * A copy of the project as an operator would have it after following docker-compose.yml's first lines: secrets in files, an `.env`,
 * and, where this machine needs one, an authority for the builds. Nothing is built or written in the checkout itself.
 */

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Checkout {
  readonly directory: string;
  readonly project: string;
  /** Runs a program in the checkout with an environment of its own. Never rejects: failure is in the code. */
  run(argv: readonly [string, ...string[]], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** `docker compose` with these arguments. */
  compose(argv: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  remove(): Promise<void>;
}

/** Neither a build nor a test sees these. */
const LEFT_OUT = new Set([".git", ".env", "node_modules", "data", "dist", "coverage", "secrets"]);

const RUN_MS = 600_000;
const IMAGE_USER = 10_001;

function copyProject(directory: string): void {
  cpSync(ROOT, directory, {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(relative(ROOT, source).split(sep)[0] ?? ""),
  });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const authority = process.env["NODE_EXTRA_CA_CERTS"];
  if (authority !== undefined && existsSync(authority)) copyFileSync(authority, join(directory, "extra-ca.crt"));
}

function writeSecrets(directory: string): void {
  mkdirSync(join(directory, "secrets"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secrets = {
    "private-key.pem": privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    "webhook-secret": "a secret of the packaging test\n",
    "anthropic-api-key": "sk-packaging-test\n",
  };
  for (const [name, text] of Object.entries(secrets)) {
    const file = join(directory, "secrets", name);
    writeFileSync(file, text);
    if (process.getuid?.() === 0) chownSync(file, IMAGE_USER, IMAGE_USER);
    chmodSync(file, process.getuid?.() === 0 ? 0o400 : 0o644);
  }
}

function execute(argv: readonly [string, ...string[]], cwd: string, env: Record<string, string>): Promise<Outcome> {
  const [program, ...rest] = argv;
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: RUN_MS, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, rest, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

export async function stageCheckout(project: string): Promise<Checkout> {
  const directory = mkdtempSync(join(tmpdir(), "packaging-"));
  copyProject(directory);
  writeSecrets(directory);
  const { PATH = "", HOME = "/root", XDG_CACHE_HOME, DEBIAN_MIRROR } = process.env;
  const base = {
    PATH,
    HOME,
    ...(XDG_CACHE_HOME !== undefined && { XDG_CACHE_HOME }),
    ...(DEBIAN_MIRROR !== undefined && { DEBIAN_MIRROR }),
  };
  const run: Checkout["run"] = (argv, environment = {}) => execute(argv, directory, { ...base, ...environment });
  const compose: Checkout["compose"] = (argv, environment) =>
    run([join(directory, "script", "compose-tool"), "--project-name", project, ...argv], environment);
  const settings = {
    APP_ID: "1",
    DOCKER_GID: statSync("/var/run/docker.sock").gid,
    JOURNEYMAN_IMAGE: `${project}:server`,
    REDIS_IMAGE: `${project}:redis`,
    // Any free port.
    PUBLISH: "127.0.0.1:",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(directory, ".env"), lines.join(""));
  const remove = async (): Promise<void> => {
    await compose(["down", "--volumes", "--remove-orphans", "--timeout", "1"]);
    await run(["docker", "image", "rm", "--force", settings.JOURNEYMAN_IMAGE, settings.REDIS_IMAGE]);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, project, run, compose, remove };
}
