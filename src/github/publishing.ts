import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import type { PullRequestSpec } from "../ports/forge.ts";
import { all, settle } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { branchHead } from "./contents.ts";
import type { Failure } from "./failure.ts";

/*
 * The two writes by which work becomes visible. A branch is only ever created, never moved; a pull request's natural key is its branch,
 * whose name holds the run's id.
 */

const at = (subject: Subject) => ({ owner: subject.owner, repo: subject.name });

/** Throws `branch_taken` when the branch is at another commit. */
export async function createBranch(
  calls: Calls,
  subject: Subject,
  { branch, sha }: { readonly branch: string; readonly sha: Sha },
): Promise<void> {
  const look = async (): Promise<true | null> => {
    const head = await branchHead(calls, subject, branch);
    if (head !== null && head !== sha) throw new JourneymanError("branch_taken", { branch });
    return head === null ? null : true;
  };
  await settle(calls, {
    look,
    exists: (failure) => failure.kind === "invalid" && /already exists/i.test(failure.message),
    retryAfter: afterUnseen(commitUnseen),
    write: {
      subject,
      purpose: "publish",
      write: "seen",
      action: "create the branch",
      schema: z.object({ ref: z.string() }).transform(() => true as const),
      send: (octokit) => octokit.rest.git.createRef({ ...at(subject), ref: `refs/heads/${branch}`, sha }),
    },
  });
}

const PullRequest = z.object({ number: z.int(), html_url: z.string() });
const Listed = PullRequest.extend({
  head: z.object({ ref: z.string(), repo: z.object({ id: z.int() }).nullable() }),
});

const opened = ({ number, html_url: url }: z.infer<typeof PullRequest>) => ({ number, url });

/** A new branch may not be seen at once by what checks a pull request. Five tries over half a minute. */
const UNSEEN_AFTER = [2000, 4000, 8000, 15_000] as const;
const branchUnseen = (failure: Failure): boolean =>
  failure.kind === "missing" ||
  (failure.kind === "invalid" && /no commits between|"field":"head"|head.{0,20}invalid/i.test(failure.message));

/** Nor may a new commit. */
const commitUnseen = (failure: Failure): boolean =>
  failure.kind === "missing" || (failure.kind === "invalid" && /object does not exist/i.test(failure.message));

const afterUnseen =
  (isUnseen: (failure: Failure) => boolean) =>
  (failure: Failure, tried: number): number | null =>
    isUnseen(failure) ? (UNSEEN_AFTER[tried - 1] ?? null) : null;

export function openPullRequest(
  calls: Calls,
  subject: Subject,
  spec: PullRequestSpec,
): Promise<{ number: number; url: string }> {
  const look = async () => {
    const pulls = await all(calls, {
      subject,
      purpose: "publish",
      action: "list the pull requests",
      schema: z.array(Listed),
      send: (octokit, page) =>
        octokit.rest.pulls.list({
          ...at(subject),
          head: `${subject.owner}:${spec.branch}`,
          state: "all",
          per_page: 100,
          page,
        }),
    });
    const ours = pulls.find(({ head }) => head.ref === spec.branch && head.repo?.id === subject.repositoryId);
    return ours === undefined ? null : opened(ours);
  };
  const { branch: head, base, title, body, draft } = spec;
  return settle(calls, {
    look,
    exists: (failure) => failure.kind === "invalid" && /already exists/i.test(failure.message),
    retryAfter: afterUnseen(branchUnseen),
    write: {
      subject,
      purpose: "publish",
      write: "seen",
      action: "open the pull request",
      schema: PullRequest.transform(opened),
      send: (octokit) => octokit.rest.pulls.create({ ...at(subject), head, base, title, body, draft }),
    },
  });
}
