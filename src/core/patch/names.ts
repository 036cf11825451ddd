/*
 * File names as `diff` and git write them: `a/` and `b/` in front, a time behind a tab, unusual names in quotes.
 */

/** The name of a `---` or `+++` line; null for `/dev/null`. */
export function nameOf(line: string): string | null {
  const name = unquoted((line.slice(4).split("\t")[0] ?? "").trimEnd());
  return name === "/dev/null" ? null : name;
}

/** Both names without `a/` and `b/`, where they have them as a pair. */
export function withoutPrefix(names: { readonly from: string | null; readonly to: string | null }): typeof names {
  const { from, to } = names;
  if (!(from?.startsWith("a/") ?? true) || !(to?.startsWith("b/") ?? true)) return names;
  return { from: from?.slice(2) ?? null, to: to?.slice(2) ?? null };
}

/** The one name of `diff --git a/x b/x`; null when the two differ or cannot be told apart. */
export function nameOfBoth(line: string): string | null {
  const rest = line.slice("diff --git ".length);
  const quoted = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(rest);
  const half = (rest.length - 1) / 2;
  const pair = quoted === null ? [rest.slice(0, half), rest.slice(half + 1)] : quoted.slice(1);
  const { from, to } = withoutPrefix({ from: unquoted(pair[0] ?? ""), to: unquoted(pair[1] ?? "") });
  return from === to && from !== "" ? from : null;
}

const ESCAPED: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

/** A name in C's quotes as git writes it: bytes beyond ASCII as octal numbers. */
export function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  const bytes: number[] = [];
  for (const [part] of name.slice(1, -1).matchAll(/\\[0-7]{3}|\\[^]|[^\\]+/gu)) {
    if (/^\\[0-7]{3}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8) & 0xff);
    else if (part.startsWith("\\")) bytes.push(ESCAPED[part.slice(1)] ?? part.charCodeAt(1));
    else bytes.push(...Buffer.from(part));
  }
  return Buffer.from(bytes).toString();
}
