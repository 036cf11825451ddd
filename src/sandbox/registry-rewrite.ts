import { z } from "zod";
import type { Prefix, Upstream } from "./registry-routes.ts";
import { localAddress } from "./registry-routes.ts";

/*
 * Registries answer with addresses of files. They are turned into the proxy's own, since the client can reach nothing else.
 * An address of a host that is not configured stays as it is and leads nowhere.
 */

export interface Rewriting {
  /** The page's own address, for what it names relatively. */
  readonly page: URL;
  readonly prefix: Prefix;
  readonly upstreams: readonly Upstream[];
  /** The proxy as the client knows it, without a slash at the end. */
  readonly localBase: string;
}

function rewriteAddress(address: string, rewriting: Rewriting): string {
  const url = URL.parse(address, rewriting.page.href);
  return (url === null ? null : localAddress(url, rewriting.prefix, rewriting)) ?? address;
}

const Dist = z.looseObject({ dist: z.looseObject({ tarball: z.string() }) });
const Packument = z.looseObject({ versions: z.record(z.string(), z.unknown()) });

function rewriteVersion(version: unknown, rewriting: Rewriting): unknown {
  const known = Dist.safeParse(version);
  if (!known.success) return version;
  const { dist } = known.data;
  return { ...known.data, dist: { ...dist, tarball: rewriteAddress(dist.tarball, rewriting) } };
}

/** An npm document: of one version, or of a package with all of them. */
export function rewritePackument(text: string, rewriting: Rewriting): string {
  const document: unknown = JSON.parse(text);
  const known = Packument.safeParse(document);
  if (!known.success) return JSON.stringify(rewriteVersion(document, rewriting));
  const versions = Object.entries(known.data.versions).map(([name, version]) => [
    name,
    rewriteVersion(version, rewriting),
  ]);
  return JSON.stringify({ ...known.data, versions: Object.fromEntries(versions) });
}

const SimpleProject = z.looseObject({ files: z.array(z.looseObject({ url: z.string() })) });
const HREF = /\bhref="([^"]{1,4096})"/g;

/** A page of a Python simple index, in either of its two forms. */
export function rewriteSimple(text: string, contentType: string, rewriting: Rewriting): string {
  if (contentType.includes("json")) {
    const known = SimpleProject.safeParse(JSON.parse(text));
    if (!known.success) return text;
    const files = known.data.files.map((file) => ({ ...file, url: rewriteAddress(file.url, rewriting) }));
    return JSON.stringify({ ...known.data, files });
  }
  return text.replaceAll(HREF, (_, address: string) => {
    const plain = address.replaceAll("&amp;", "&");
    return `href="${rewriteAddress(plain, rewriting).replaceAll("&", "&amp;")}"`;
  });
}
