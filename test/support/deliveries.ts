/** Payloads as GitHub sends them, cut to what identifies them; `over` replaces members at the top level. */
export const person = (id: number, login: string, type = "User") => ({ id, login, type });

const ada = person(7, "ada");

const common = {
  issue: {
    id: 900,
    number: 3,
    title: "Greeting is wrong",
    state: "open",
    user: ada,
    created_at: "2026-11-20T10:00:00Z",
    updated_at: "2026-11-20T10:05:00Z",
  },
  repository: { id: 11, name: "hello", full_name: "acme/hello", owner: person(5, "acme", "Organization") },
  installation: { id: 21, node_id: "x" },
  sender: ada,
};

export function commentDelivery(body: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    action: "created",
    ...common,
    comment: commentOf(body),
    ...over,
  };
}

export const commentOf = (body: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  id: 5001,
  body,
  user: ada,
  created_at: "2026-11-20T10:05:00Z",
  updated_at: "2026-11-20T10:05:00Z",
  performed_via_github_app: null,
  ...over,
});

export function labelDelivery(label: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { action: "labeled", ...common, label: { id: 77, name: label }, ...over };
}
