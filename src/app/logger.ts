import { pino } from "pino";
import { RunId } from "../core/ids.ts";
import { RUN_KEY, spanIdOf, traceIdOf } from "../telemetry/ids.ts";

export interface Logger {
  debug(data: object, event: string): void;
  info(data: object, event: string): void;
  warn(data: object, event: string): void;
  error(data: object, event: string): void;
}

/** Lines about a run name its trace, so that one leads to the other. */
function withTrace(line: Record<string, unknown>): Record<string, unknown> {
  const run = RunId.safeParse(line["run"]);
  if (!run.success) return line;
  return { ...line, trace_id: traceIdOf(run.data), span_id: spanIdOf(run.data, RUN_KEY) };
}

/**
 * One JSON line an event, on standard error so that a program's own output stays clean. Every line passes `scrub` last, whatever
 * wrote it.
 */
export const createLogger = (level: string, scrub: (line: string) => string): Logger =>
  pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
      formatters: { log: withTrace },
      hooks: { streamWrite: scrub },
    },
    pino.destination({ dest: 2, sync: true }),
  );
