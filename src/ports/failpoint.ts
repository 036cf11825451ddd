/*
 * Named moments at which a test stops a real process (docs/architecture.md, Failpoints). In production a point is a call that does nothing.
 *
 * `append.before:<fact>`   before the facts are written of which one is of this type; once for each of them
 * `append.after:<fact>`    after they are durable
 * `held:<fact>`            a fact is folded in and held back, to be written with the next
 * `effect.before:<key>`    after the intent, before the effect outside
 * `effect.after:<key>`     after the effect, before it is written down
 * `model.before:<role>`    before a request is sent; `model.streaming:<role>` in the midst of its answer; `model.after:<role>` when the
 *                          answer is whole, before it is a fact
 * `tool.before:<name>`     after the call is a fact, before it runs; `tool.after:<name>` after it ran, before its result is a fact
 * `receive.before`         before a delivery is written; `receive.after` when it is durable, before the wake and the answer
 */
export type Failpoint = (point: string) => void;

export const noFailpoint: Failpoint = () => {};
