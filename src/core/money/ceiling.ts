import { wouldPass } from "./limits.ts";
import { fromUsd, type MicroUsd } from "./money.ts";
import { DEFAULT_SETTINGS, type Settings } from "../settings/settings.ts";
import type { RunState } from "../state.ts";

/*
 * The ceilings that a run keeps by itself: one for all of it, one for each role that has one. The days' caps of tenant and repository
 * are the ledger's. Open calls count with their whole reservation, since that is what they may still cost.
 */

const settingsOf = (state: RunState): Settings => state.intake?.settings ?? DEFAULT_SETTINGS;

/** The most a run may spend: what a person named last, else what the settings say. */
export const ceilingOf = (state: RunState): MicroUsd =>
  state.budgetMicroUsd ?? fromUsd(settingsOf(state).budget.run_usd);

const isRole = (settings: Settings, role: string): role is keyof Settings["models"] =>
  Object.hasOwn(settings.models, role);

/** By how much more than the settings said a person lets the run spend; never less than 1. */
const raise = (state: RunState): number => Math.max(1, ceilingOf(state) / fromUsd(settingsOf(state).budget.run_usd));

/** The most a role may spend in this run; it grows with the run's ceiling. Null when only that one holds. */
export function roleCeilingOf(state: RunState, role: string): MicroUsd | null {
  const settings = settingsOf(state);
  const limit = isRole(settings, role) ? settings.models[role].max_usd : undefined;
  return limit === undefined ? null : Math.round(fromUsd(limit) * raise(state));
}

const roleOf = (state: RunState, conversation: string): string => state.conversations[conversation]?.role ?? "";

/** What each conversation has reserved and not settled. */
export type Reserved = ReadonlyMap<string, MicroUsd>;

export const reservedIn = ({ openCalls }: RunState): Reserved =>
  new Map(Object.values(openCalls).map((call) => [call.conversation, call.reservedMicroUsd]));

/** What calls of other conversations may still cost; with `role` only of those in that role. */
const reservedBeside = (state: RunState, wish: Wish, role?: string): MicroUsd =>
  [...(wish.reserved ?? reservedIn(state))]
    .filter(([other]) => other !== wish.conversation && (role === undefined || roleOf(state, other) === role))
    .reduce((sum, [, amount]) => sum + amount, 0);

/** A call that may be made: what it may cost at most, and in which conversation. */
export interface Wish {
  readonly conversation: string;
  readonly neededMicroUsd: MicroUsd;
  /** Most that this conversation may spend; without it the ceilings of run and role hold alone. */
  readonly most?: MicroUsd;
  /** What is reserved, when it is more than the state knows of. */
  readonly reserved?: Reserved;
}

/** A ceiling that a call could pass, with what stands against it. */
export interface Lack {
  /** `run`, `conversation`, or the role. */
  readonly scope: string;
  readonly ceiling: MicroUsd;
  /** Settled and reserved. */
  readonly spent: MicroUsd;
  readonly needed: MicroUsd;
}

/** The first ceiling that the call could pass; null when there is room for it under all of them. */
export function lackOf(state: RunState, wish: Wish): Lack | null {
  const needed = wish.neededMicroUsd;
  const role = roleOf(state, wish.conversation);
  const all = state.costMicroUsd + reservedBeside(state, wish);
  const ceiling = ceilingOf(state);
  if (wouldPass(all, needed, ceiling)) return { scope: "run", ceiling, spent: all, needed };
  const here = state.costByConversation[wish.conversation] ?? 0;
  if (wish.most !== undefined && wouldPass(here, needed, wish.most)) {
    return { scope: "conversation", ceiling: wish.most, spent: here, needed };
  }
  const own = roleCeilingOf(state, role);
  if (own === null) return null;
  const spent = (state.costByRole[role] ?? 0) + reservedBeside(state, wish, role);
  return wouldPass(spent, needed, own) ? { scope: role, ceiling: own, spent, needed } : null;
}

/** What a run that is parked for want of money lacks now; null when it is not, or when there is room meanwhile. */
export function openLack(state: RunState): Lack | null {
  const { parked } = state;
  if (parked?.code !== "budget_exhausted") return null;
  const { conversation = "", neededMicroUsd = 0 } = parked.details;
  return lackOf(state, { conversation: String(conversation), neededMicroUsd: Number(neededMicroUsd) });
}

const CENT: MicroUsd = 10_000;
const DOLLAR = 100 * CENT;

/** A round amount that is not less. */
const roundUp = (amount: MicroUsd): MicroUsd => {
  const step = amount >= 2 * DOLLAR ? DOLLAR : amount >= DOLLAR / 2 ? 10 * CENT : CENT;
  return Math.ceil(amount / step) * step;
};

/** Turns that a raise should buy at least. */
const WORTHWHILE_TURNS = 10;

/** A ceiling for the run that is worth setting, and how many more turns it buys at the average cost so far. */
export interface Offer {
  readonly budget: MicroUsd;
  readonly turns: number;
}

/** The ceiling of the run at which a role's own one is `wanted`. */
const budgetFor = (state: RunState, role: string, wanted: MicroUsd): MicroUsd => {
  const own = roleCeilingOf(state, role);
  if (own === null) return wanted;
  return (fromUsd(settingsOf(state).budget.run_usd) * raise(state) * wanted) / own;
};

/**
 * What a `/budget` would buy a run that lacks room for a call: half as much again as now, or what ten more turns took on average,
 * whichever is more.
 */
export function offerFor(state: RunState, lack: Lack): Offer {
  const { scope, ceiling, needed, spent } = lack;
  const average = Math.max(1, Math.ceil(state.costMicroUsd / Math.max(1, state.turns)));
  const wanted = Math.max(ceiling * 1.5, spent + needed + WORTHWHILE_TURNS * average);
  const forScope = scope === "run" ? wanted : budgetFor(state, scope, wanted);
  const budget = roundUp(Math.max(forScope, state.costMicroUsd + needed));
  const allowed = scope === "run" ? budget : roleCeilingOf({ ...state, budgetMicroUsd: budget }, scope);
  const room = (allowed ?? budget) - spent - needed;
  return { budget, turns: 1 + Math.max(0, Math.floor(room / average)) };
}
