/*
 * Globs over repository paths: `*` and `?` stay inside a part, `**` crosses parts, `{a,b}` is either. Everything else stands
 * for itself, a dot at the start of a name included. A glob is a small machine whose states are walked all at once, so the
 * time is at most (length of the glob) x (length of the path), whatever either holds.
 */

type Step =
  | { readonly kind: "char"; readonly char: string; readonly next: number }
  | { readonly kind: "inside"; readonly next: number }
  | { readonly kind: "any"; readonly next: number }
  | { readonly kind: "fork"; readonly next: readonly number[] }
  | { readonly kind: "end" };

interface Program {
  readonly steps: Step[];
  readonly start: number;
}

const END: Step = { kind: "end" };

/** Adds a step and returns its number. */
function add(steps: Step[], step: Step): number {
  steps.push(step);
  return steps.length - 1;
}

/** A step that repeats itself any number of times before `next`. */
function addLoop(steps: Step[], kind: "inside" | "any", next: number): number {
  const fork = add(steps, END);
  const body = add(steps, { kind, next: fork });
  steps[fork] = { kind: "fork", next: [body, next] };
  return fork;
}

/** The index of the brace that closes the one at `open`, or -1. */
function closingBrace(glob: string, open: number): number {
  let depth = 0;
  for (let at = open; at < glob.length; at++) {
    if (glob[at] === "{") depth++;
    if (glob[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function splitAlternatives(inner: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < inner.length; at++) {
    if (inner[at] === "{") depth++;
    if (inner[at] === "}") depth--;
    if (inner[at] === "," && depth === 0) {
      parts.push(inner.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, inner.slice(from)];
}

type Token =
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "one" }
  | { readonly kind: "star" }
  | { readonly kind: "globstar" }
  | { readonly kind: "folders" }
  | { readonly kind: "either"; readonly choices: readonly string[] };

function tokenize(glob: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    const closing = char === "{" ? closingBrace(glob, at) : -1;
    if (closing !== -1) {
      tokens.push({ kind: "either", choices: splitAlternatives(glob.slice(at + 1, closing)) });
      at = closing;
    } else if (glob.startsWith("**/", at) && (at === 0 || glob[at - 1] === "/")) {
      tokens.push({ kind: "folders" });
      at += 2;
    } else if (glob.startsWith("**", at)) {
      tokens.push({ kind: "globstar" });
      while (glob[at + 1] === "*") at++;
    } else if (char === "*") tokens.push({ kind: "star" });
    else if (char === "?") tokens.push({ kind: "one" });
    else tokens.push({ kind: "char", char });
  }
  return tokens;
}

/** Compiles from the back, so that every step knows the one after it. */
function compileInto(steps: Step[], glob: string, after: number): number {
  let next = after;
  for (const token of tokenize(glob).toReversed()) {
    if (token.kind === "char") next = add(steps, { kind: "char", char: token.char, next });
    else if (token.kind === "one") next = add(steps, { kind: "inside", next });
    else if (token.kind === "star") next = addLoop(steps, "inside", next);
    else if (token.kind === "globstar") next = addLoop(steps, "any", next);
    else if (token.kind === "folders") {
      const slash = add(steps, { kind: "char", char: "/", next });
      next = add(steps, { kind: "fork", next: [next, addLoop(steps, "any", slash)] });
    } else {
      const then = next;
      next = add(steps, { kind: "fork", next: token.choices.map((choice) => compileInto(steps, choice, then)) });
    }
  }
  return next;
}

function compile(glob: string): Program {
  const steps: Step[] = [];
  const end = add(steps, END);
  return { start: compileInto(steps, glob, end), steps };
}

/** Every step reachable without reading, forks followed. */
function reach(program: Program, from: readonly number[]): Set<number> {
  const seen = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const step = program.steps[at];
    if (step?.kind === "fork") open.push(...step.next);
  }
  return seen;
}

function advance(step: Step | undefined, char: string): number | null {
  if (step === undefined || step.kind === "end" || step.kind === "fork") return null;
  if (step.kind === "any") return step.next;
  if (step.kind === "inside") return char === "/" ? null : step.next;
  return step.char === char ? step.next : null;
}

/** Whether the whole path matches the glob. */
export function matchGlob(glob: string, path: string): boolean {
  const program = compile(glob);
  let states = reach(program, [program.start]);
  for (let at = 0; at < path.length && states.size > 0; at++) {
    const next: number[] = [];
    for (const state of states) {
      const to = advance(program.steps[state], path.charAt(at));
      if (to !== null) next.push(to);
    }
    states = reach(program, next);
  }
  return [...states].some((state) => program.steps[state]?.kind === "end");
}

/** Whether the glob names the path or a folder above it; `./`, `/` in front and `/` behind mean nothing. */
export function coversPath(glob: string, path: string): boolean {
  const clean = glob.replace(/^\.?\//, "").replace(/\/$/, "");
  return clean !== "" && (matchGlob(clean, path) || matchGlob(`${clean}/**`, path));
}
