import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { VARIABLES } from "../../src/app/config.ts";
import { eventually } from "../support/instance.ts";
import { ROOT } from "../support/source.ts";
import { type Checkout, stageCheckout } from "../support/staged-checkout.ts";

/** Variables that nobody sets who runs the product: docs/configuration.md says so, and what people copy from leaves them out. */
const FOR_SUITES: ReadonlySet<string> = new Set(["JOURNEYMAN_FAILPOINT", "JOURNEYMAN_TIMINGS"]);

const BUILD_MS = 600_000;

let checkout: Checkout;
beforeAll(async () => {
  checkout = await stageCheckout(`packaging-${randomBytes(4).toString("hex")}`);
});
afterAll(() => checkout.remove());

const file = (path: string): string => readFileSync(join(checkout.directory, path), "utf8");

const Service = z.object({
  environment: z.record(z.string(), z.string().nullable()).default({}),
  volumes: z.array(z.object({ source: z.string().optional(), target: z.string() })).default([]),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  user: z.string().optional(),
});

async function services(): Promise<Record<string, z.infer<typeof Service>>> {
  const { stdout } = await checkout.compose(["config", "--format", "json"]);
  return z.object({ services: z.record(z.string(), Service) }).parse(JSON.parse(stdout)).services;
}

describe("the composition", () => {
  test("is valid", async () => {
    const profiles = ["--profile", "build", "--profile", "postgres"];
    expect(await checkout.compose([...profiles, "config", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("a key that Compose does not know is refused", async () => {
    const broken = file("docker-compose.yml").replace("    command: [web]", "    comand: [web]");
    writeFileSync(join(checkout.directory, "broken.yml"), broken);
    const outcome = await checkout.compose(["--file", "broken.yml", "config", "--quiet"]);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain("comand");
  });

  test.each(["APP_ID", "DOCKER_GID"])("does not start without %s", async (name) => {
    const outcome = await checkout.compose(["config", "--quiet"], { [name]: "" });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain(name);
  });

  test("only the worker has the Docker socket, and it is all of the host that is shared", async () => {
    const all = await services();
    const holders = Object.entries(all).filter(([, { volumes }]) =>
      volumes.some(({ source = "" }) => source.includes("docker.sock")),
    );
    expect(holders.map(([name]) => name)).toEqual(["worker"]);
    // Volumes are told by their names, and what is not there is /dev/null.
    const bound = Object.values(all).flatMap(({ volumes }) => volumes.map(({ source = "" }) => source));
    const ofHost = new Set(bound.filter((source) => source.startsWith("/")));
    expect(ofHost).toEqual(new Set(["/dev/null", "/var/run/docker.sock"]));
  });

  test("no program may write its image, keep a capability or gain rights, and none is root", async () => {
    const { redis, web, worker, ...others } = await services();
    expect(others).toEqual({});
    const bound = { read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] };
    for (const service of [redis, web, worker]) expect(service).toMatchObject({ ...bound, cap_add: [] });
    expect([web?.user, worker?.user]).toEqual([undefined, undefined]);
  });

  test("every variable of the program has its place", async () => {
    const { web } = await services();
    const given = new Set(Object.keys(web?.environment ?? {}));
    // The image's own `ENV`.
    for (const [, name = ""] of file("Dockerfile").matchAll(/ ([A-Z_]+)=\S+/g)) given.add(name);
    // The socket that is mounted.
    const left = ["DOCKER_HOST"];
    const names = VARIABLES.filter((name) => !/_(FILE|PATH)$/.test(name) && !FOR_SUITES.has(name));
    const homeless = names.filter((name) => !given.has(name) && !given.has(`${name}_FILE`));
    expect(homeless).toEqual(left);
  });
});

test("the example of the environment explains every variable and no other", () => {
  const explained = [...file(".env.example").matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
  const composed = [...file("docker-compose.yml").matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name);
  const known = new Set([...VARIABLES, ...composed]);
  known.delete("COMPOSE_PROJECT_NAME");
  for (const name of FOR_SUITES) known.delete(name);
  expect(new Set(explained)).toEqual(known);
  expect(explained).toHaveLength(known.size);
});

test("the package holds the program and what it reads, and nothing else", async () => {
  const built = await checkout.run(["npm", "run", "build"]);
  expect(built, built.stderr).toMatchObject({ code: 0 });
  const packed = await checkout.run(["npm", "pack", "--dry-run", "--json", "--ignore-scripts"]);
  const Packed = z.array(z.object({ files: z.array(z.object({ path: z.string() })) }));
  const paths = Packed.parse(JSON.parse(packed.stdout)).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining(["dist/app/main.js", "prompts/planner.md", "app.yml", "sandbox-image/Dockerfile"]),
  );
  const folders = new Set(paths.map((path) => path.split("/")[0]));
  for (const text of ["LICENSE", "README.md", "CHANGELOG.md"]) folders.delete(text);
  expect(folders).toEqual(new Set(["app.yml", "dist", "package.json", "prompts", "sandbox-image"]));
  expect(paths.filter((path) => /\.test\.|^test\/|\.ts$/.test(path) && !path.endsWith(".d.ts"))).toEqual([]);
  const program = (...words: string[]) => checkout.run(["node", "dist/app/main.js", ...words], { DATA_DIR: "nowhere" });
  expect((await program("--help")).stdout).toContain("Usage: journeyman");
  expect(await program("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  expect((await program("runs")).stderr).toContain("No journal at");
  expect((await program("serve")).stderr).toContain("APP_ID is not set");
  expect((await program("eval", "nowhere")).stderr).toContain("nowhere");
  // What is bundled is not shipped a second time.
  expect(paths.filter((path) => /^dist\/app\/(?!main\.js$|chunk-[\w-]+\.js$)/.test(path))).toEqual([]);
});

describe("the image", () => {
  const inside = (entrypoint: string, ...argv: string[]) => {
    const image = `${checkout.project}:server`;
    return checkout.run(["docker", "run", "--rm", "--network", "none", "--entrypoint", entrypoint, image, ...argv]);
  };

  beforeAll(async () => {
    const built = await checkout.compose(["build", "web"]);
    expect(built, built.stderr.slice(-3_000)).toMatchObject({ code: 0 });
  }, BUILD_MS);

  test("is the program", async () => {
    const help = await inside("journeyman", "--help");
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: journeyman") as string });
  });

  test("without configuration the doctor names all that is missing", async () => {
    const outcome = await inside("journeyman", "doctor");
    expect(outcome.code).toBe(1);
    for (const name of ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "ANTHROPIC_API_KEY"])
      expect(outcome.stdout).toContain(`${name} is not set`);
  });

  test("runs as a user without rights and without a way to get any", async () => {
    expect((await inside("id", "-u")).stdout).toBe("10001\n");
    expect((await inside("find", "/", "-xdev", "-perm", "/6000", "-type", "f")).stdout).toBe("");
  });

  test("holds the tools of the worker and the dependencies, none that only the development needs", async () => {
    expect((await inside("git", "--version")).code).toBe(0);
    expect((await inside("tar", "--version")).stdout).toContain("GNU tar");
    const Lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });
    const packages = Object.entries(Lock.parse(JSON.parse(file("package-lock.json"))).packages);
    const listed = await inside("find", "/app/node_modules", "-name", "package.json");
    const installed = new Set(listed.stdout.split("\n").map((path) => path.replace(/^\/app\/|\/package\.json$/g, "")));
    expect([...installed]).toEqual(expect.arrayContaining(["node_modules/bullmq", "node_modules/@octokit/rest"]));
    expect(packages.filter(([path, { dev }]) => dev === true && installed.has(path))).toEqual([]);
    const text = (await inside("find", "/app", "-maxdepth", "1")).stdout;
    expect(text).not.toMatch(/\/(src|test|extra-ca\.crt|\.env|secrets)$/m);
  });

  test(
    "comes up with Redis and worker as one composition, and stops when asked",
    async () => {
      await buildRedis();
      const up = await checkout.compose(["up", "--detach", "--no-build"]);
      expect(up, up.stderr.slice(-3_000)).toMatchObject({ code: 0 });
      const state = async (service: string, format: string): Promise<string> => {
        const { stdout } = await checkout.compose(["ps", "--all", "--quiet", service]);
        return (await checkout.run(["docker", "inspect", "--format", format, stdout.trim()])).stdout.trim();
      };
      const health = (): Promise<string> => state("web", "{{.State.Health.Status}}");
      await eventually("a healthy web side", async () => (await health()) === "healthy");
      const address = (await checkout.compose(["port", "web", "3000"])).stdout.trim();
      expect((await fetch(`http://${address}/readyz`)).status).toBe(200);
      const worker = (...argv: string[]) => checkout.compose(["exec", "-T", "worker", ...argv]);
      const { stdout: findings } = await worker("journeyman", "doctor");
      expect(findings).toMatch(/^ok +journal/m);
      expect(findings).toMatch(/^ok +redis/m);
      expect(findings).toMatch(/^ok +docker .*by archive/m);
      expect(await installInWorker()).toEqual({
        strategy: "archive",
        installed: expect.stringContaining("added 1 package") as string,
        exitCode: 0,
        required: "small\n",
      });
      await checkout.compose(["stop"]);
      const codes = await Promise.all(["web", "worker"].map((name) => state(name, "{{.State.ExitCode}}")));
      expect(codes).toEqual(["0", "0"]);
    },
    BUILD_MS,
  );
});

/** Has the worker's container install a package in a sandbox, which has no way to a registry but through the worker. */
async function installInWorker(): Promise<unknown> {
  const program = readFileSync(join(ROOT, "test/support/worker-install.ts"), "utf8");
  const node = ["node", "--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "--eval", program];
  const outcome = await checkout.compose(["exec", "-T", "--workdir", "/app", "worker", ...node]);
  expect(outcome, outcome.stderr.slice(-3_000)).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout) as unknown;
}

/** Debian's Redis, with the user and the directory of the official image: registries of images are not reached from here. */
async function buildRedis(): Promise<void> {
  const context = join(checkout.directory, "redis-image");
  mkdirSync(context);
  const lines = [
    "FROM debian:trixie-slim",
    "RUN apt-get update && apt-get install -y --no-install-recommends redis-server",
    "RUN groupadd --gid 1000 cache && useradd --uid 999 --gid 1000 cache && install -d -o 999 -g 1000 /data",
    "WORKDIR /data",
  ];
  writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  const tag = `${checkout.project}:redis`;
  const built = await checkout.run(["docker", "build", "--quiet", "--tag", tag, context]);
  expect(built, built.stderr).toMatchObject({ code: 0 });
}
