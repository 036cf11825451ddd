import { z } from "zod";
import type { Clock } from "../ports/clock.ts";
import type { Attempt, Deliveries } from "../ports/deliveries.ts";
import { type Octokit, perform } from "./client.ts";
import { errorOf } from "./failure.ts";
import { canCommand } from "./payload.ts";

/* GitHub's record of deliveries, read and used as the App itself. It goes back three days on github.com. */

const Listed = z.array(
  z.object({
    id: z.number(),
    guid: z.string(),
    delivered_at: z.string(),
    status_code: z.int(),
    event: z.string(),
    action: z.string().nullish(),
  }),
);

const toAttempt = ({
  id,
  guid,
  delivered_at,
  status_code,
  event,
  action,
}: z.infer<typeof Listed>[number]): Attempt => ({
  id,
  guid,
  at: Date.parse(delivered_at),
  ok: status_code >= 200 && status_code < 300,
  matters: canCommand(event, action ?? null),
});

/** Where the next page begins; the list has cursors instead of page numbers. */
const cursorIn = (link: string | undefined): string | null =>
  /[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(link ?? "")?.[1] ?? null;

interface Page {
  readonly attempts: readonly Attempt[];
  readonly next: string | null;
}

async function readPage(app: Octokit, clock: Pick<Clock, "now">, cursor: string | null): Promise<Page> {
  const action = "list the deliveries";
  let next: string | null = null;
  const send = async (octokit: Octokit) => {
    const answer = await octokit.rest.apps.listWebhookDeliveries({
      per_page: 100,
      ...(cursor !== null && { cursor: decodeURIComponent(cursor) }),
    });
    next = cursorIn(answer.headers.link);
    return answer;
  };
  const reply = await perform(app, { action, schema: Listed, send }, clock);
  if (!reply.ok) throw errorOf(reply.failure, action, clock.now());
  return { attempts: reply.data.map(toAttempt), next };
}

export function makeDeliveries(app: Octokit, clock: Pick<Clock, "now">): Deliveries {
  return {
    async attempts(since) {
      const found: Attempt[] = [];
      let cursor: string | null = null;
      do {
        const page: Page = await readPage(app, clock, cursor);
        found.push(...page.attempts.filter(({ at }) => at >= since));
        cursor = page.attempts.some(({ at }) => at < since) ? null : page.next;
      } while (cursor !== null);
      return found;
    },
    async redeliver(attempt) {
      const action = "redeliver a delivery";
      const send = (octokit: Octokit) => octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: attempt });
      const reply = await perform(app, { action, schema: z.unknown(), send }, clock);
      if (!reply.ok) throw errorOf(reply.failure, action, clock.now());
    },
  };
}
