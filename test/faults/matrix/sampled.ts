import { ALL } from "../../support/faults/selection.ts";
import { type Cell, cellsOf, type Column } from "./cells.ts";

/** The cells of these columns that are to be run: all of them, or one of each column in the sample. */
export const chosen = (...columns: readonly Column[]): readonly Cell[] => cellsOf(columns, !ALL);
