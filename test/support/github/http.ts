import type { IncomingHttpHeaders } from "node:http";
import type { Doer, Issue, Level, Repository, Token, World } from "./world.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Who a request comes from. */
export type Identity =
  | { readonly kind: "none" }
  | { readonly kind: "app" }
  | { readonly kind: "installation"; readonly token: Token };

/** One request on its way to a handler. */
export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly identity: Identity;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; `raw` goes out as it is; undefined sends nothing. */
  readonly body?: unknown;
  readonly raw?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** The path as GitHub's OpenAPI description has it. */
  readonly path: string;
  readonly as: Identity["kind"];
  /** The permission an installation token needs. */
  readonly needs?: readonly [name: string, level: Level];
  readonly run: (call: Call) => Reply | Promise<Reply>;
}

/** An answer that is an error, thrown from wherever it is noticed. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const notFound = (): Refusal => new Refusal(404, "Not Found");
export const invalid = (resource: string, field: string, message: string): Refusal =>
  new Refusal(422, "Validation Failed", [{ resource, field, code: "custom", message }]);

export const param = (call: Call, name: string): string => call.params[name] ?? "";

/** The account a request acts as. Only installation tokens act. */
export const doer = (call: Call): Doer => ({ user: call.world.app.bot, viaApp: true });

/** The repository of the path, if there is one that the caller may see. Hidden and absent look the same. */
export function repositoryOf(call: Call): Repository {
  const wanted = `${param(call, "owner")}/${param(call, "repo")}`.toLowerCase();
  const { identity, world } = call;
  const repository = [...world.repositories.values()].find(
    ({ owner, name }) => `${owner.login}/${name}`.toLowerCase() === wanted,
  );
  if (repository === undefined) throw notFound();
  if (identity.kind === "installation") {
    const { installation, repositoryIds } = identity.token;
    const granted = installation.repositoryIds.has(repository.id);
    if (!granted || (repositoryIds !== null && !repositoryIds.includes(repository.id))) throw notFound();
  }
  return repository;
}

/** The issue or pull request of the path. */
export function issueOf(call: Call, name = "issue_number"): Issue {
  const issue = repositoryOf(call).issues.get(Number(param(call, name)));
  if (issue === undefined) throw notFound();
  return issue;
}

/** One page of a list, with the `link` header that clients follow. */
export function page<T>(call: Call, path: string, items: readonly T[], shape: (item: T) => unknown): Reply {
  const size = Math.min(100, Math.max(1, Number(call.query.get("per_page") ?? 30)));
  const current = Math.max(1, Number(call.query.get("page") ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (number: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(number));
    return `<${call.world.address.api}${path}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, "prev"), link(1, "first")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
  ];
  const body = items.slice((current - 1) * size, current * size).map(shape);
  return links.length === 0 ? { status: 200, body } : { status: 200, body, headers: { link: links.join(", ") } };
}
