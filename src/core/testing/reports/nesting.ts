import { testId } from "./test-id.ts";

/**
 * Results of nested tests, group by group. A group fails because something in it fails, so it is named only when nothing in it is.
 * Depths are counts of indentation, 0 the outermost.
 */
export class Nesting {
  readonly failing: string[] = [];
  passed = 0;
  skipped = 0;
  readonly #groups: string[] = [];
  /** By depth: whether a result there failed since the group around it began. */
  readonly #failed: boolean[] = [];

  /** A group begins whose members lie one deeper. */
  open(depth: number, name: string): void {
    this.#groups.length = Math.min(this.#groups.length, depth);
    this.#groups[depth] = name;
    this.#failed.length = Math.min(this.#failed.length, depth + 1);
  }

  /** The result of a test, or of a group whose members have been told. */
  close(depth: number, name: string, result: "passed" | "skipped" | "failed"): void {
    const isGroup = this.#failed.length > depth + 1;
    const memberFailed = this.#failed[depth + 1] ?? false;
    this.#failed.length = Math.min(this.#failed.length, depth + 1);
    this.#failed[depth] = (this.#failed[depth] ?? false) || result === "failed";
    if (result === "failed" && !memberFailed)
      this.failing.push(testId(...this.#groups.slice(0, depth).filter(Boolean), name));
    if (result === "passed" && !isGroup) this.passed++;
    if (result === "skipped") this.skipped++;
  }
}
