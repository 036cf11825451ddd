/*
 * Shapes of secrets as their makers publish them. Every expression fails within a bounded number of characters of where
 * it started, or starts only where a run of its characters starts: no text makes them slow.
 */

const SHAPES: readonly RegExp[] = [
  // GitHub: `gh*_` and 36 characters, or for installations `ghs_<app>_<JWT>` of about 520.
  /gh[oprsu]_[\w.-]{30,}/g,
  /github_pat_\w{22,}/g,
  // Models.
  /(?<![A-Za-z0-9])sk-ant-[\w-]{16,}/g,
  /(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|or-v1)-[\w-]{20,}|[A-Za-z0-9]{20,})/g,
  // Slack, Stripe, npm, PyPI, GitLab, Google, Hugging Face, SendGrid.
  /xox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /xapp-\d-[A-Za-z0-9-]{10,}/g,
  /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[A-Za-z0-9/]{20,}/g,
  /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/g,
  /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/]{24,}/g,
  /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}/g,
  /(?<![A-Za-z0-9])pypi-[\w-]{50,}/g,
  /(?<![A-Za-z0-9])glpat-[\w-]{20,}/g,
  /(?<![A-Za-z0-9])AIza[\w-]{35}/g,
  /(?<![A-Za-z0-9])ya29\.[\w-]{20,}/g,
  /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/g,
  /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g,
];

/** A key id of AWS, and the secret that stands within 100 characters of it. */
const AWS_ID = /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/g;
const AWS_SECRET = /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
const AWS_NEAR = 100;
const AWS_NAMED =
  /(?<=aws.{0,20}(?:secret|key).{0,20}[=:]["'\s]{0,4})(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi;

/** The password, or a lone key, before the host of an address. */
const URL_PASSWORD = /(?<=:\/\/)([^\s/:@"'<>`]{0,256}):[^\s/"'<>`]{1,1024}@/g;
const URL_KEY = /(?<=:\/\/)[0-9a-f]{32}(?=@)/gi;
const HEADER = /(?<=authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)\s{1,3})[\w.~+/=-]{8,}/gi;

/** What every shape below and above holds: most texts hold none of it, and are looked through once instead of thirty times. */
const TRACES =
  /gh[oprsu]_|github_pat_|sk-|xox|xapp-|hooks\.slack|[rs]k_|whsec_|npm_|pypi-|glpat-|AIza|ya29\.|hf_|SG\.|AKIA|ASIA|aws|:\/\/|authorization|eyJ|PRIVATE KEY/i;

export function maskPatterns(text: string, mask: string): string {
  if (!TRACES.test(text)) return text;
  let masked = maskKeyBlocks(text, mask);
  for (const shape of SHAPES) masked = masked.replace(shape, mask);
  masked = maskTokens(masked, mask);
  masked = maskAws(masked, mask);
  return masked.replace(URL_PASSWORD, `$1:${mask}@`).replace(URL_KEY, mask).replace(HEADER, mask);
}

const KEY_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_BODY = /(?:(?:\s|\\[nr]|["'+]){0,8}[A-Za-z0-9+/=]{16,})+/y;
const KEY_LONGEST = 16_384;

/** Private keys in PEM form, also with `\n` written out, and those whose end is missing. */
function maskKeyBlocks(text: string, mask: string): string {
  let masked = "";
  let copied = 0;
  let nextEnd = 0;
  for (const begin of text.matchAll(KEY_BEGIN)) {
    if (begin.index < copied) continue;
    const body = begin.index + begin[0].length;
    if (nextEnd !== -1 && nextEnd < body) nextEnd = text.indexOf("-----END ", body);
    const tail = nextEnd === -1 || nextEnd - body > KEY_LONGEST ? -1 : text.indexOf("-----", nextEnd + 9);
    const end = tail === -1 || tail - nextEnd > 80 ? endOfBody(text, body) : tail + 5;
    if (end === body) continue;
    masked += text.slice(copied, begin.index) + mask;
    copied = end;
  }
  return masked + text.slice(copied);
}

function endOfBody(text: string, start: number): number {
  KEY_BODY.lastIndex = start;
  return start + (KEY_BODY.exec(text)?.[0].length ?? 0);
}

/** JSON web tokens: two parts that start like encoded JSON, and what follows them. */
const maskTokens = (text: string, mask: string): string =>
  text.replace(/[\w.-]+/g, (run) => {
    if (!run.includes("eyJ") || run.length < 30) return run;
    const parts = run.split(".");
    const first = parts.findIndex(
      (part, index) =>
        part.includes("eyJ") && parts[index + 1]?.startsWith("eyJ") === true && parts[index + 2] !== undefined,
    );
    if (first === -1) return run;
    const head = parts[first] ?? "";
    return [...parts.slice(0, first), head.slice(0, head.indexOf("eyJ")) + mask, ...parts.slice(first + 5)].join(".");
  });

function maskAws(text: string, mask: string): string {
  const near: number[] = Array.from(text.matchAll(AWS_ID), (id) => id.index);
  let masked = text;
  if (near.length > 0) {
    let id = 0;
    masked = text.replace(AWS_SECRET, (value: string, at: number) => {
      while ((near[id + 1] ?? Infinity) < at + AWS_NEAR) id++;
      const isNear = near.slice(Math.max(0, id - 1), id + 1).some((place) => Math.abs(place - at) <= AWS_NEAR + 20);
      return isNear && !/^[0-9a-f]{40}$/.test(value) ? mask : value;
    });
  }
  return masked.replace(AWS_ID, mask).replace(AWS_NAMED, mask);
}
