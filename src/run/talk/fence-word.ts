import type { StageContext } from "../stage.ts";

/** A word that nobody outside can know when they write the text that will be fenced with it. */
export const fenceWord = (context: StageContext): string => context.world.clock.newRunId().slice(-12);
