import { createHmac, timingSafeEqual } from "node:crypto";
import { JourneymanError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";

/*
 * The hidden first line of every comment of ours: `<!-- journeyman:<marker>:<hmac> -->`. It names the comment, so that a repeat finds it.
 * The HMAC binds it to the issue; nobody without our key can make one, and a copy elsewhere does not fit. It counts only as the very
 * first line, so no text further down (quoted, or a model's) can be one.
 */

export interface Markers {
  /** The body with its marker before it. */
  sign(subject: Subject, marker: string, body: string): string;
  /** The marker of a body and the body as it was given; null when there is none or it is forged. */
  read(subject: Subject, signed: string): { readonly marker: string; readonly body: string } | null;
}

const LINE = /^<!-- journeyman:([\w.:-]{1,120}):([0-9a-f]{32}) -->\r?\n/;
const MARKER = /^(?!.*--)[\w.:-]{1,120}$/;

/** @param key any secret that outlives the process; the App's private key */
export function makeMarkers(key: string): Markers {
  const derived = createHmac("sha256", key).update("journeyman comment markers").digest();
  const seal = (subject: Subject, marker: string): string =>
    createHmac("sha256", derived)
      .update(JSON.stringify([subject.host, subject.repositoryId, subject.issue, marker]))
      .digest("hex")
      .slice(0, 32);
  return {
    sign: (subject, marker, body) => {
      if (!MARKER.test(marker))
        throw new JourneymanError("internal", { reason: "a comment marker with other characters" });
      return `<!-- journeyman:${marker}:${seal(subject, marker)} -->\n${body}`;
    },
    read: (subject, signed) => {
      const [line, marker, claimed] = LINE.exec(signed) ?? [];
      if (line === undefined || marker === undefined || claimed === undefined) return null;
      if (!timingSafeEqual(Buffer.from(claimed), Buffer.from(seal(subject, marker)))) return null;
      return { marker, body: signed.slice(line.length) };
    },
  };
}
