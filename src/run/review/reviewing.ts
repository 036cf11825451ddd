import type { LoopEnd } from "../../agent/options.ts";
import { type DiffedFile, linesAfter } from "../../core/text/diff-text.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { EventOf } from "../../core/events.ts";
import { placedReview, Review } from "../../core/review.ts";
import { reviewId } from "./reviewer.ts";
import type { StageContext } from "../stage.ts";

/** What the end of a review's conversation amounts to; null when it was stopped from outside. Throws `model_unusable`. */
export function concludeReview(
  context: StageContext,
  end: LoopEnd,
  files: readonly DiffedFile[],
): EventOf<"change.reviewed"> | null {
  if (end.kind === "stopped") return null;
  if (end.kind !== "submitted")
    throw new JourneymanError("model_unusable", { count: 3, reason: "text instead of a review" });
  const review = placedReview(Review.parse(end.input), linesAfter(files));
  return { type: "change.reviewed", conversation: reviewId(context), ...review };
}
