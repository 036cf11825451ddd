import type { Model } from "../ports/model.ts";
import { createRecordedModel } from "./recorded-model.ts";
import { scriptOf } from "./task.ts";
import { evalsInvalid } from "./yaml-file.ts";

/** A recorded model from a script's file. @throws evals_invalid */
export async function scriptedModel(path: string, price: Model["price"]): Promise<Model> {
  const read = await scriptOf(path, path);
  if (!read.ok) throw evalsInvalid(read.faults);
  return createRecordedModel({ script: read.value, name: path, price });
}
