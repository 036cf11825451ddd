import { parseArgs } from "node:util";
import type { Figure } from "./figure.ts";
import { measureHarness } from "./harness/part.ts";
import { writePage } from "./page.ts";
import { line, TITLES } from "./table.ts";

const PARTS = { harness: measureHarness } as const;
