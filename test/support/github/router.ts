import type { Route } from "./http.ts";
import { appRoutes } from "./routes-app.ts";
import { checkRoutes } from "./routes-checks.ts";
import { commentRoutes } from "./routes-comments.ts";
import { gitObjectRoutes } from "./routes-git-objects.ts";
import { gitRefRoutes } from "./routes-git-refs.ts";
import { hookRoutes } from "./routes-hooks.ts";
import { issueRoutes } from "./routes-issues.ts";
import { pullRoutes } from "./routes-pulls.ts";
import { repositoryRoutes } from "./routes-repository.ts";

/** Every route the simulator answers; the more exact ones first, where two match the same path. */
export const ROUTES: readonly Route[] = [
  ...appRoutes,
  ...hookRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...issueRoutes,
  ...pullRoutes,
  ...gitObjectRoutes,
  ...gitRefRoutes,
  ...repositoryRoutes,
];

/** Parameters that may hold slashes. */
const LONG = new Set(["path", "ref", "branch"]);

const compiled = ROUTES.map((route) => {
  const names: string[] = [];
  const pattern = route.path.replace(/\/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    if (name === "path") return "/?(.*)";
    return LONG.has(name) ? "/(.+)" : "/([^/]+)";
  });
  return { route, names, pattern: new RegExp(`^${pattern}$`) };
});

export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a request and the decoded parts of its path. */
export function matchRoute(method: string, path: string): Matched | null {
  for (const { route, names, pattern } of compiled) {
    const found = route.method === method ? pattern.exec(path) : null;
    if (found === null) continue;
    const params = names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")]);
    return { route, params: Object.fromEntries(params) };
  }
  return null;
}
