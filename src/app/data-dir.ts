import { access, constants, mkdir } from "node:fs/promises";
import { JourneymanError } from "../core/errors.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";

/** Makes the data directory when it is not there, for its owner only. @throws storage_unavailable when it cannot be written */
export async function openDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = `DATA_DIR ${path} is no directory that can be written, ${codeOf(error)}`;
    throw new JourneymanError("storage_unavailable", { reason }, { cause: error });
  }
}
