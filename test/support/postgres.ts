import { type ChildProcess, execFile, execFileSync, spawn, type SpawnOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";

/*
 * A real PostgreSQL server of a test's own: its data in a temporary directory, on a loopback port and a unix socket, with a password and
 * with fsync on. PostgreSQL refuses to run as root, so root starts it as Debian's user `postgres`, or as nobody.
 */

const USER = "journeyman";
const NOBODY = 65_534;

export interface Postgres {
  /** Of the server process; another one after `restart`. */
  readonly pid: number;
  readonly port: number;
  /** The directory of the unix socket. */
  readonly socketDirectory: string;
  /** Address of a database, with user and password. */
  url(database: string): string;
  /** Makes a database and gives its address. */
  createDatabase(): Promise<string>;
  /** SIGKILL to the server and all its processes at once, as a power cut. What was committed stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, killing it first if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT to all its processes: a server that accepts and never answers. */
  freeze(): void;
  thaw(): void;
  /** Kills it and removes its data. */
  stop(): Promise<void>;
}

/** Where the programs of the newest version lie: Debian keeps the server's off the PATH. */
function programs(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...process.env["PATH"]!.split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null;
}

/** Whether this machine has one (Debian: the package `postgresql`; script/bootstrap installs it). */
export const hasPostgres = programs() !== null;

/** Who runs the server; nothing when we are not root and it can be ourselves. */
function owner(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => {
    try {
      return Number(execFileSync("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }));
    } catch {
      return NOBODY;
    }
  };
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

interface Home {
  readonly folder: string;
  readonly bin: string;
  readonly port: number;
  readonly password: string;
  readonly options: SpawnOptions;
}

/** The temporary directory, with an empty cluster in it. */
async function prepare(): Promise<Home> {
  const bin = programs();
  if (bin === null) throw new Error("PostgreSQL is not installed (Debian: apt-get install postgresql)");
  const folder = await mkdtemp(join(tmpdir(), "journeyman-postgres-"));
  const user = owner();
  const password = randomBytes(12).toString("hex");
  const secret = join(folder, "password");
  await writeFile(secret, password);
  for (const path of user === null ? [] : [folder, secret]) await chown(path, user!.uid, user!.gid);
  await chmod(folder, 0o700);
  const options = { cwd: folder, env: { PATH: bin, LC_ALL: "C", TZ: "UTC" }, ...user };
  const data = ["--pgdata", join(folder, "data")];
  const settings = ["--username", USER, "--auth", "scram-sha-256", "--pwfile", secret, "--encoding", "UTF8"];
  await promisify(execFile)(join(bin, "initdb"), [...data, ...settings, "--locale", "C"], options);
  return { folder, bin, password, port: await freePort(), options };
}

const addressOf = ({ password, port }: Home, database: string): string =>
  `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;

async function command(home: Home, sql: string): Promise<void> {
  const client = new Client({ connectionString: addressOf(home, "postgres"), connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Starts the server and waits until it answers. Right after a kill the old one's memory may still be in use: then once more. */
async function launch(home: Home): Promise<ChildProcess> {
  const { folder, bin, port, options } = home;
  const listen = ["-h", "127.0.0.1", "-p", String(port), "-k", folder];
  const settings = ["fsync=on", "max_connections=200", "log_min_messages=fatal"].flatMap((setting) => ["-c", setting]);
  for (let attempt = 1; ; attempt++) {
    const log: string[] = [];
    const child = spawn(join(bin, "postgres"), ["-D", join(folder, "data"), ...listen, ...settings], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (chunk: Buffer) => log.push(String(chunk)));
    while (!isOver(child)) {
      const answers = await command(home, "select 1").then(
        () => true,
        () => false,
      );
      if (answers) return child;
      await sleep(20);
    }
    if (attempt === 20) throw new Error(`PostgreSQL did not start: ${log.join("")}`);
    await sleep(100);
  }
}

/** The server's processes: each connection is one. */
function processesOf({ pid = 0 }: ChildProcess): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  } catch {
    return [pid];
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself.
    }
  }
}

async function killAll(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  const ended = once(child, "exit");
  // Stopped first: it starts no process between the list and the kill.
  child.kill("SIGSTOP");
  signal(processesOf(child).toReversed(), "SIGKILL");
  await ended;
}

export async function startPostgres(): Promise<Postgres> {
  const home = await prepare();
  let child = await launch(home);
  let databases = 0;
  return {
    get pid() {
      return child.pid ?? 0;
    },
    port: home.port,
    socketDirectory: home.folder,
    url: (database) => addressOf(home, database),
    async createDatabase() {
      const name = `journal_${++databases}`;
      await command(home, `create database ${name}`);
      return addressOf(home, name);
    },
    kill: () => killAll(child),
    async restart() {
      await killAll(child);
      child = await launch(home);
    },
    freeze: () => {
      child.kill("SIGSTOP");
      signal(processesOf(child), "SIGSTOP");
    },
    thaw: () => signal(processesOf(child).toReversed(), "SIGCONT"),
    async stop() {
      await killAll(child);
      await rm(home.folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
