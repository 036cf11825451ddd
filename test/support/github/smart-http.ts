import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pushEvent } from "./events.ts";
import { refsOf } from "./git.ts";
import { grants, liveToken } from "./tokens.ts";
import { now, type Repository, repositoryByName, type RequestLog, type World } from "./world.ts";

const GIT_PATH = /^\/([^/]+)\/([^/]+)\.git(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/;

export const isGitPath = (path: string): boolean => GIT_PATH.test(path);

interface Access {
  readonly repository: Repository;
  readonly tail: string;
  readonly tokenId: number | null;
}

function passwordOf(request: IncomingMessage): string | null {
  const [scheme, encoded = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic") return null;
  return Buffer.from(encoded, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
}

/** Who may read or write this repository over git; a status when refused. Public repositories are read without a token. */
function admit(world: World, request: IncomingMessage, url: URL): Access | 401 | 403 | 404 {
  const [, owner = "", name = "", tail = ""] = GIT_PATH.exec(url.pathname) ?? [];
  const repository = repositoryByName(world, owner, name);
  const writes = tail === "/git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  const password = passwordOf(request);
  if (password === null) {
    return repository !== undefined && !repository.private && !writes ? { repository, tail, tokenId: null } : 401;
  }
  const token = liveToken(world, password);
  if (token === null) return 401;
  if (repository === undefined || !token.installation.repositoryIds.has(repository.id)) return 404;
  if (token.repositoryIds !== null && !token.repositoryIds.includes(repository.id)) return 404;
  if (token.installation.suspendedAt !== null) return 403;
  if (!grants(token.permissions, "contents", writes ? "write" : "read")) return 403;
  return { repository, tail, tokenId: token.id };
}

const REFUSALS = {
  401: "Invalid username or token.",
  403: "Write access to repository not granted.",
  404: "Repository not found.",
};

/** CGI writes its headers before the first empty line; everything after it is the body. */
function relay(response: ServerResponse, head: string): void {
  for (const line of head.split(/\r?\n/)) {
    const [name = "", ...value] = line.split(": ");
    if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value.join(": "), 10);
    else if (name !== "") response.setHeader(name, value.join(": "));
  }
}

function backend(world: World, { request, url }: { request: IncomingMessage; url: URL }, { repository, tail }: Access) {
  const { headers } = request;
  const path = `/${repository.owner.login}/${repository.name}.git${tail}`;
  return spawn("git", ["http-backend"], {
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: world.address.repositories,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: path,
      REMOTE_USER: "x-access-token",
      REMOTE_ADDR: "127.0.0.1",
      REQUEST_METHOD: request.method ?? "GET",
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
      ...(headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: headers["content-length"] }),
    },
  });
}

/** Runs git's own server for one request; resolves when the answer is complete. */
function serve(child: ReturnType<typeof backend>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let pending: Buffer | null = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (pending === null) {
      response.write(chunk);
      return;
    }
    pending = Buffer.concat([pending, chunk]);
    const cut = pending.indexOf("\r\n\r\n");
    if (cut === -1) return;
    relay(response, pending.subarray(0, cut).toString("latin1"));
    response.write(pending.subarray(cut + 4));
    pending = null;
  });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  return new Promise((resolve) => child.on("close", () => response.end(resolve)));
}

/** Tells the App about every branch that a push moved. */
async function announce(world: World, repository: Repository, before: ReadonlyMap<string, string>): Promise<void> {
  const zero = "0".repeat(40);
  const after = await refsOf(repository.directory);
  repository.pushedAt = now(world);
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    const [old, fresh] = [before.get(ref) ?? zero, after.get(ref) ?? zero];
    const by = { user: world.app.bot, viaApp: true };
    if (old !== fresh) pushEvent(world, repository, { ref, before: old, after: fresh, by });
  }
}

/** Smart HTTP under `/<owner>/<name>.git`, with an installation token as the password. */
export async function answerGit(
  world: World,
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: URL },
  log: RequestLog,
): Promise<void> {
  const access = admit(world, request, url);
  if (typeof access === "number") {
    log.status = access;
    if (access === 401) response.setHeader("www-authenticate", 'Basic realm="GitHub"');
    response.writeHead(access, { "content-type": "text/plain" }).end(`${REFUSALS[access]}\n`);
    return;
  }
  log.tokenId = access.tokenId;
  const before = await refsOf(access.repository.directory);
  await serve(backend(world, { request, url }, access), request, response);
  log.status = response.statusCode;
  log.effect = response.statusCode;
  if (access.tail === "/git-receive-pack") await announce(world, access.repository, before);
}
