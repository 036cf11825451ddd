import { JourneymanError } from "../core/errors.ts";
import { Digest } from "../core/ids.ts";
import type { RunState } from "../core/state.ts";
import { printable } from "../core/text/invisible.ts";
import type { Artifacts } from "../ports/journal.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Changes = NonNullable<RunState["checkpoint"]>["changes"];

/** The changed files as they will be committed, but for what a terminal would obey. */
export async function printFiles(changes: Changes, artifacts: Pick<Artifacts, "get">): Promise<void> {
  for (const change of changes) {
    say(printable(`── ${change.status} ${change.path}`));
    if (change.status !== "deleted") say(printable(new TextDecoder().decode(await artifacts.get(change.artifact))));
  }
}

function artifactOf(changes: Changes, given: string): Digest {
  const digest = Digest.safeParse(given);
  if (digest.success) return digest.data;
  const kept = changes.flatMap((change) => (change.status === "deleted" ? [] : [change]));
  const change = kept.find(({ path }) => path === given);
  if (change !== undefined) return change.artifact;
  const paths = kept.map(({ path }) => path).join(", ");
  const expected = `64 hexadecimal digits, or a file of the checkpoint (${paths === "" ? "there is none" : paths})`;
  throw new JourneymanError("option_invalid", { option: "--artifact", expected, given });
}

/** The bytes as they are; into a terminal without what it would obey. */
export async function printArtifact(
  artifacts: Pick<Artifacts, "get">,
  { checkpoint }: RunState,
  given: string,
): Promise<void> {
  const bytes = await artifacts.get(artifactOf(checkpoint?.changes ?? [], given));
  process.stdout.write(process.stdout.isTTY ? printable(new TextDecoder().decode(bytes)) : bytes);
}
