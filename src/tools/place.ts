import { KEPT_DIRECTORY } from "./shorten.ts";

const ROOT = "/workspace";

/** Where a path that the model gave leads: into the workspace (relative to its root), to a kept result, or nowhere we go. */
export type Place =
  | { readonly kind: "workspace"; readonly path: string }
  | { readonly kind: "kept"; readonly path: string }
  | { readonly kind: "refused"; readonly suggestion: string };

const refused = (suggestion: string): Place => ({ kind: "refused", suggestion });

/**
 * By spelling only. What a link inside the sandbox points to is the sandbox's business: there is nothing in it to protect from the
 * model, and what is published is checked by its bytes.
 */
export function placeOf(given: string): Place {
  if (given.includes("\0")) return refused("A path holds no NUL character.");
  const kept = given.startsWith(`${KEPT_DIRECTORY}/`);
  const inside = kept ? given.slice(KEPT_DIRECTORY.length + 1) : withoutRoot(given);
  if (inside === null) return refused(`Give a path relative to ${ROOT}; nothing outside it can be reached.`);
  const parts = inside.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return refused("Give the path without `..`.");
  if (kept) return { kind: "kept", path: `${KEPT_DIRECTORY}/${parts.join("/")}` };
  return { kind: "workspace", path: parts.length === 0 ? "." : parts.join("/") };
}

function withoutRoot(given: string): string | null {
  if (!given.startsWith("/")) return given;
  if (given === ROOT) return "";
  return given.startsWith(`${ROOT}/`) ? given.slice(ROOT.length + 1) : null;
}
