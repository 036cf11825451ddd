import { applyPatch } from "./apply-patch.ts";
import { bash } from "./bash.ts";
import { edit } from "./edit.ts";
import { glob } from "./glob.ts";
import { grep } from "./grep.ts";
import { read } from "./read.ts";
import { write } from "./write.ts";

/*
 * Tools that reach the run's own workspace, by what they can do to it.
 */

export const READING = [read, grep, glob] as const;
export const WRITING = [edit, applyPatch, write] as const;
export const COMMANDS = [bash] as const;
