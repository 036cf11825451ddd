import { checkBasePath, checkPath } from "../core/change/paths.ts";
import { failure, type ToolOutcome } from "./outcome.ts";
import { KEPT_DIRECTORY } from "./shorten.ts";

const ROOT = "/workspace";

/** Where a path that the model gave leads: into the workspace (relative to its root, `.` is the root), or to a kept result. */
export type Place =
  | { readonly kind: "workspace"; readonly path: string }
  | { readonly kind: "kept"; readonly path: string }
  | { readonly kind: "refused"; readonly outcome: ToolOutcome };

/**
 * By spelling only. What a link inside the sandbox points to is the sandbox's business: there is nothing in it to protect from the
 * model, and what is published is checked by its bytes.
 */
export function placeToRead(given: string): Place {
  if (given.startsWith(`${KEPT_DIRECTORY}/`)) {
    const name = tidy(given.slice(KEPT_DIRECTORY.length + 1));
    const verdict = checkPath(name);
    return verdict.ok
      ? { kind: "kept", path: `${KEPT_DIRECTORY}/${name}` }
      : refused(given, `This path ${verdict.reason}.`);
  }
  const path = inWorkspace(given);
  if (path === null) return refused(given, OUTSIDE);
  if (path === "") return { kind: "workspace", path: "." };
  const verdict = checkBasePath(path);
  return verdict.ok ? { kind: "workspace", path } : refused(given, `This path ${verdict.reason}.`);
}

/** As `placeToRead`, for a file that shall be committed: its name must do on every system, and kept results are out of reach. */
export function placeToWrite(given: string): Exclude<Place, { kind: "kept" }> {
  const path = inWorkspace(given);
  if (path === null) return refused(given, OUTSIDE);
  const verdict = checkPath(path);
  return verdict.ok ? { kind: "workspace", path } : refused(given, `This path ${verdict.reason}.`);
}

const OUTSIDE = `Give a path relative to ${ROOT}; nothing outside it can be reached.`;

const refused = (path: string, suggestion: string) =>
  ({ kind: "refused", outcome: failure("bad_path", { path, suggestion }) }) as const;

function inWorkspace(given: string): string | null {
  if (!given.startsWith("/")) return tidy(given);
  if (given === ROOT) return "";
  return given.startsWith(`${ROOT}/`) ? tidy(given.slice(ROOT.length + 1)) : null;
}

/** Doubled slashes and `.` parts are harmless and common. */
const tidy = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
