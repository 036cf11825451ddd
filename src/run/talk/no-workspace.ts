import { JourneymanError } from "../../core/errors.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";

/** For conversations whose tools reach into no workspace: nothing is opened, and whoever reaches for it anyway is told. */
export const NO_WORKSPACE: Pick<OpenWorkspace, "workspace"> = {
  workspace: {
    run: () => Promise.reject(new JourneymanError("internal", { reason: "a command without a workspace" })),
    readFile: () => Promise.resolve({ kind: "missing" }),
    writeFile: () => Promise.resolve({ kind: "failed", reason: "there is no workspace" }),
  },
};
