import { createHash, randomBytes, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type Call, type Identity, issueOf, Refusal, repositoryOf, type Route } from "./http.ts";
import { type Installation, iso, type Level, now, nowMs, type Permissions, type Token, type World } from "./world.ts";

const LEVELS: readonly Level[] = ["read", "write", "admin"];
/** Installation tokens live an hour. */
const TOKEN_LIFE_MS = 3_600_000;
const decode = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return null;
  }
};
const Claims = z.object({ iss: z.union([z.string(), z.int()]), iat: z.int(), exp: z.int() });
const Header = z.object({ alg: z.literal("RS256") });

/** Checks an App's JWT as GitHub does; refuses with GitHub's words, which clients read to mend a skewed clock. */
export function checkJwt(world: World, jwt: string): void {
  const refuse = (message: string): Refusal => new Refusal(401, message);
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const claims = Claims.safeParse(decode(body));
  if (!Header.safeParse(decode(head)).success || !claims.success) throw refuse("A JSON web token could not be decoded");
  const signed = verify(
    "RSA-SHA256",
    Buffer.from(`${head}.${body}`),
    world.app.publicKey,
    Buffer.from(signature, "base64url"),
  );
  if (!signed) throw refuse("A JSON web token could not be decoded");
  if (String(claims.data.iss) !== String(world.app.id)) throw new Refusal(404, "Integration not found");
  const seconds = nowMs(world) / 1000;
  const { iat, exp } = claims.data;
  if (iat > seconds + 5) {
    throw refuse("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  }
  if (exp <= seconds) {
    throw refuse(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + 605) throw refuse("'Expiration time' claim ('exp') is too far in the future");
}

/** The live token of this value, or null. */
export function liveToken(world: World, value: string): Token | null {
  const token = world.tokens.find((one) => one.value === value);
  if (token === undefined || token.revokedAt !== null || token.installation.removed) return null;
  return Date.parse(token.expiresAt) > nowMs(world) ? token : null;
}

export function identify(world: World, headers: IncomingHttpHeaders): Identity {
  const [scheme = "", credentials = ""] = (headers.authorization ?? "").split(" ");
  if (credentials === "") return { kind: "none" };
  if (!["bearer", "token"].includes(scheme.toLowerCase())) throw new Refusal(401, "Bad credentials");
  if (credentials.split(".").length === 3 && !credentials.startsWith("ghs_")) {
    checkJwt(world, credentials);
    return { kind: "app" };
  }
  const token = liveToken(world, credentials);
  if (token === null) throw new Refusal(401, "Bad credentials");
  if (token.installation.suspendedAt !== null) throw new Refusal(403, "This installation has been suspended");
  return { kind: "installation", token };
}

export const grants = (permissions: Permissions, name: string, level: Level): boolean =>
  LEVELS.indexOf(permissions[name] ?? ("none" as Level)) >= LEVELS.indexOf(level);

/** Refuses what these credentials may not do. A pull request is an issue too: either permission serves there. */
export function authorize(call: Call, route: Route): void {
  const { identity } = call;
  if (route.as === "none") return;
  if (identity.kind === "none") throw new Refusal(401, "Requires authentication");
  if (route.as === "app" && identity.kind !== "app") {
    throw new Refusal(401, "A JSON web token could not be decoded");
  }
  if (route.as === "installation" && identity.kind === "app") {
    throw new Refusal(403, "Resource not accessible by integration");
  }
  if (identity.kind !== "installation") return;
  if (call.params["repo"] !== undefined) repositoryOf(call);
  if (route.needs === undefined) return;
  const [name, level] = route.needs;
  if (grants(identity.token.permissions, name, level)) return;
  const pull = name === "issues" && call.params["issue_number"] !== undefined && issueOf(call).pull !== null;
  if (pull && grants(identity.token.permissions, "pull_requests", level)) return;
  throw new Refusal(403, "Resource not accessible by integration");
}

const MintRequest = z
  .object({
    repository_ids: z.array(z.int()).optional(),
    repositories: z.array(z.string()).optional(),
    permissions: z.record(z.string(), z.enum(["read", "write", "admin"])).optional(),
  })
  .default({});

/** Mints a token no wider than the installation and what was asked for. */
export function mint(world: World, installation: Installation, body: unknown): Token {
  if (installation.suspendedAt !== null) throw new Refusal(403, "This installation has been suspended");
  const request = MintRequest.parse(body);
  const owned = [...world.repositories.values()].filter(({ id }) => installation.repositoryIds.has(id));
  const named = (request.repositories ?? []).map((name) => owned.find((one) => one.name === name)?.id ?? -1);
  const asked = [...(request.repository_ids ?? []), ...named];
  if (asked.some((id) => !installation.repositoryIds.has(id))) {
    throw new Refusal(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const permissions = { metadata: "read" as const, ...(request.permissions ?? world.app.permissions) };
  for (const [name, level] of Object.entries(permissions)) {
    if (!grants({ metadata: "read", ...world.app.permissions }, name, level)) {
      throw new Refusal(422, "The permissions requested are not granted to this installation.");
    }
  }
  const id = world.tokens.length + 1;
  const token: Token = {
    id,
    value: `ghs_${createHash("sha256").update(randomBytes(32)).digest("hex").slice(0, 36)}`,
    installation,
    repositoryIds: asked.length === 0 ? null : asked,
    permissions,
    request: body ?? null,
    createdAt: now(world),
    expiresAt: iso(nowMs(world) + TOKEN_LIFE_MS),
    revokedAt: null,
  };
  world.tokens.push(token);
  return token;
}
