import { pino } from "pino";

export interface Logger {
  debug(data: object, event: string): void;
  info(data: object, event: string): void;
  warn(data: object, event: string): void;
  error(data: object, event: string): void;
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
      hooks: { streamWrite: scrub },
    },
    pino.destination({ dest: 2, sync: true }),
  );
