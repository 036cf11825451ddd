/*
 * The one judge of file names. A name that a person could misread, that another system would read as another file, or that
 * git would take for its own is refused at every door: tools, collector, committer.
 */

export type PathVerdict =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string };

export const MAX_DEPTH = 64;
const MAX_PATH_BYTES = 1024;
const MAX_COMPONENT_BYTES = 255;
/** What a Linux host can open, with room for the directory in front. */
const MAX_BASE_PATH_BYTES = 3000;

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
const INVISIBLE_ALL = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/gu;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|:|$)/iu;
const GIT_NAME = /^(\.git|git~\d+)$/;

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");
const refuse = (reason: string): PathVerdict => ({ ok: false, reason });

/** A name as the most forgiving file system would read it: case, compatibility forms, invisible characters, trailing dots and blanks are lost. */
export function foldName(component: string): string {
  const folded = component.normalize("NFKC").replaceAll(INVISIBLE_ALL, "").toUpperCase().toLowerCase();
  const stream = folded.indexOf(":");
  return withoutTail(stream === -1 ? folded : folded.slice(0, stream));
}

function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === "." || name[end - 1] === " ")) end--;
  return name.slice(0, end);
}

/** A path as the most forgiving file system would read it; a backslash separates too. */
export const foldPath = (path: string): string => path.split(/[/\\]/).map(foldName).join("/");

/** Whether some file system would open git's own directory under this name. */
export const isGitName = (component: string): boolean => GIT_NAME.test(foldName(component));

/** The part of a path up to its first component that reads as `.git`; null when there is none. */
export function gitPartOf(path: string): string | null {
  const parts = path.split("/");
  const at = parts.findIndex(isGitName);
  return at === -1 ? null : parts.slice(0, at + 1).join("/");
}

/** The shape every path must have before anything is done with it: relative, clean, short enough to open. */
export function checkShape(path: string): PathVerdict {
  if (path === "") return refuse("is empty");
  if (path.includes("\0")) return refuse("contains a NUL character");
  if (path.startsWith("/")) return refuse("is absolute");
  if (!path.isWellFormed() || path.includes("\uFFFD")) return refuse("is not valid UTF-8");
  if (bytesOf(path) > MAX_BASE_PATH_BYTES) return refuse(`is longer than ${MAX_BASE_PATH_BYTES} bytes`);
  for (const part of path.split("/")) {
    if (part === "") return refuse("has an empty part");
    if (part === "." || part === "..") return refuse(`has a part that is \`${part}\``);
    if (bytesOf(part) > MAX_COMPONENT_BYTES) return refuse(`has a part longer than ${MAX_COMPONENT_BYTES} bytes`);
  }
  return { ok: true, path };
}

/**
 * Whether a path that a repository already has can be written to a Linux disk. Names that only trouble other systems pass:
 * they are the repository's own.
 */
export function checkBasePath(path: string): PathVerdict {
  const shape = checkShape(path);
  if (!shape.ok) return shape;
  return gitPartOf(path) === null ? shape : refuse("has a part that reads as `.git`");
}

function checkComponent(part: string): string | null {
  if (part.endsWith(".") || part.endsWith(" ")) return "has a part that ends in a dot or a blank";
  if (WINDOWS_DEVICE.test(part)) return `has a part that is a device name on Windows (\`${part}\`)`;
  return null;
}

/**
 * Whether a path may be written by a tool, collected or committed. The path is relative to the repository's root, with `/`
 * between its parts. The reason of a refusal completes the sentence "this path …".
 */
export function checkPath(path: string): PathVerdict {
  const base = checkBasePath(path);
  if (!base.ok) return base;
  if (path.includes("\\")) return refuse("contains a backslash");
  if (CONTROL.test(path)) return refuse("contains a control character or a line break");
  if (INVISIBLE.test(path)) return refuse("contains an invisible or direction-changing character");
  if (bytesOf(path) > MAX_PATH_BYTES) return refuse(`is longer than ${MAX_PATH_BYTES} bytes`);
  const parts = path.split("/");
  if (parts.length > MAX_DEPTH) return refuse(`is more than ${MAX_DEPTH} levels deep`);
  for (const part of parts) {
    const problem = checkComponent(part);
    if (problem !== null) return refuse(problem);
  }
  return base;
}

const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\uFFFD`]/gu;

/** A path for people: what cannot be seen or would end a code span is written as an escape, and length is bounded. */
export function displayPath(path: string): string {
  const shown = path
    .toWellFormed()
    .replaceAll(UNSHOWABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
}
