/*
 * What may be asked of a registry, and where it leads. The client names no host: a path is a prefix and, behind it, a name
 * in the grammar of that ecosystem. Whatever does not fit is refused before anything is dialled.
 */

export interface Registries {
  /** Base address of an npm registry, for example `https://registry.npmjs.org/`. */
  readonly npm: string;
  /** Base address under which `simple/` lies, for example `https://pypi.org/`. */
  readonly pypi: string;
  /** Base address of the files a simple index points to; by default PyPI's own for pypi.org, else `pypi`. */
  readonly pypiFiles?: string;
  /** Names of the hosts above that may have private addresses: registries of the operator's own network. */
  readonly privateHosts?: readonly string[];
}

export type Prefix = "npm" | "pypi" | "pypi-files";

export interface Upstream {
  readonly prefix: Prefix;
  /** Ends with a slash. */
  readonly base: URL;
}

export type Route =
  | {
      readonly kind: "forward";
      readonly upstream: Upstream;
      readonly url: URL;
      readonly content: "packument" | "simple" | "file";
    }
  | { readonly kind: "blocked"; readonly code: string };

const MAX_URL = 2048;
const MAX_QUERY = 256;

const NAME = "[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,213}";
const SCOPED = `(?:@${NAME}(?:/|%2[fF]))?${NAME}`;
const VERSION = "[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}";
const FILE = "[A-Za-z0-9@_~-][A-Za-z0-9._~+!%@-]{0,250}";

const GRAMMAR: Record<Prefix, readonly { readonly path: RegExp; readonly content: "packument" | "simple" | "file" }[]> =
  {
    npm: [
      { path: new RegExp(`^${SCOPED}/-/${FILE}\\.tgz$`), content: "file" },
      { path: new RegExp(`^@${NAME}(?:/|%2[fF])${NAME}$`), content: "packument" },
      { path: new RegExp(`^${NAME}$`), content: "packument" },
      { path: new RegExp(`^${SCOPED}/${VERSION}$`), content: "packument" },
    ],
    pypi: [
      { path: new RegExp(`^simple/(?:${NAME}/?)?$`), content: "simple" },
      { path: new RegExp(`^packages/(?:${FILE}/){0,8}${FILE}$`), content: "file" },
    ],
    "pypi-files": [{ path: new RegExp(`^(?:packages/)?(?:${FILE}/){0,8}${FILE}$`), content: "file" }],
  };

const QUERY = /^[A-Za-z0-9=&._~-]*$/;
/** Only what names need: `+`, `!` and `@`. A slash may be escaped in one place, between a scope and its name. */
const BAD_ESCAPE = /%(?!2[bB1]|40)/;
const SCOPE_SLASH = /^(@[^/%]+)%2f/i;
const blocked = (code: string): Route => ({ kind: "blocked", code });

function baseOf(address: string): URL {
  const url = new URL(address);
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** The upstreams in the operator's configuration. */
export function upstreamsOf(registries: Registries): readonly Upstream[] {
  const pypi = baseOf(registries.pypi);
  const files = registries.pypiFiles ?? (pypi.hostname === "pypi.org" ? "https://files.pythonhosted.org/" : pypi.href);
  return [
    { prefix: "npm", base: baseOf(registries.npm) },
    { prefix: "pypi", base: pypi },
    { prefix: "pypi-files", base: baseOf(files) },
  ];
}

/** Where a request leads. `target` is the request line's own words. */
export function routeOf(method: string, target: string, upstreams: readonly Upstream[]): Route {
  if (method !== "GET" && method !== "HEAD") return blocked("method");
  if (target.length > MAX_URL) return blocked("url_too_long");
  if (!target.startsWith("/") || target.startsWith("//")) return blocked("target");
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  if (query.length > MAX_QUERY || !QUERY.test(query)) return blocked("query");
  const upstream = upstreams.find(({ prefix }) => path.startsWith(`/${prefix}/`));
  if (upstream === undefined) return blocked("prefix");
  const name = path.slice(upstream.prefix.length + 2);
  const rule = GRAMMAR[upstream.prefix].find((rule) => rule.path.test(name));
  const climbs = name.split("/").some((part) => part === "." || part === "..");
  if (rule === undefined || climbs || BAD_ESCAPE.test(name.replace(SCOPE_SLASH, "$1/"))) return blocked("path");
  const url = new URL(name, upstream.base);
  url.search = query;
  return { kind: "forward", upstream, url, content: rule.content };
}

/**
 * An upstream's address as the client may ask for it; null when it is not one of ours. Where bases overlap the longest one
 * counts, and of equal ones that of the same ecosystem.
 */
export function localAddress(url: URL, from: Prefix, place: { upstreams: readonly Upstream[]; localBase: string }) {
  if (url.username !== "" || url.password !== "") return null;
  const weight = ({ prefix, base }: Upstream): number => base.pathname.length * 2 + (prefix === from ? 1 : 0);
  const [upstream] = place.upstreams
    .filter(({ base }) => url.origin === base.origin && url.pathname.startsWith(base.pathname))
    .toSorted((a, b) => weight(b) - weight(a));
  if (upstream === undefined) return null;
  const rest = url.pathname.slice(upstream.base.pathname.length);
  return `${place.localBase}/${upstream.prefix}/${rest}${url.search}${url.hash}`;
}
