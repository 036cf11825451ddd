import type { Stage } from "../../core/events.ts";
import type { StageFunction } from "../stage.ts";
import { implement } from "./implement.ts";
import { intake } from "./intake.ts";
import { plan } from "./plan.ts";
import { prepare } from "./prepare.ts";
import { publish } from "./publish.ts";
import { review } from "./review.ts";
import { understand } from "./understand.ts";
import { verify } from "./verify.ts";

/** Every stage by its name. */
export const STAGES: Readonly<Record<Stage, StageFunction>> = {
  intake,
  understand,
  plan,
  prepare,
  implement,
  verify,
  review,
  publish,
};
