/** One line of a hunk without its first character and its line end. */
export interface PatchLine {
  readonly kind: "context" | "removed" | "added";
  readonly text: string;
}

export interface Hunk {
  /** Line of the old file that the hunk begins at, from 1, as its `@@` says; null when it names none. */
  readonly at: number | null;
  /** What stands behind the `@@`: usually the function that the hunk lies in. */
  readonly section: string;
  readonly lines: readonly PatchLine[];
  /** Whether the old or the new text ends here without a line end. */
  readonly oldUnended: boolean;
  readonly newUnended: boolean;
}

/** What a patch does to one file. `from` is null for a new file, `to` for one that goes. */
export interface FilePatch {
  readonly from: string | null;
  readonly to: string | null;
  readonly hunks: readonly Hunk[];
  /** Whether a new file shall be executable. */
  readonly executable: boolean;
}

/** The lines that the hunk expects to find. */
export const oldLines = ({ lines }: Hunk): readonly string[] =>
  lines.flatMap(({ kind, text }) => (kind === "added" ? [] : [text]));
