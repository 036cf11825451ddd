import { htmlState, htmlText } from "./html-text.ts";
import { dropInvisible } from "./invisible.ts";

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", amp: "&" };

/** What a reader sees of a page, as plain text: no markup, no scripts, nothing invisible, no long stretches of nothing. */
export function pageText(source: string, isHtml: boolean): string {
  const shown = isHtml ? decoded(htmlText(htmlState(source), source)) : source;
  return dropInvisible(shown)
    .text.replaceAll(/[ \t\u00A0]+/g, " ")
    .replaceAll(/ ?\n ?/g, "\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

const decoded = (text: string): string =>
  text
    .replaceAll(/&#(\d{1,7}|x[0-9a-f]{1,6});/gi, (_, code: string) => characterOf(code))
    .replaceAll(/&([a-z]{2,5});/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);

function characterOf(written: string): string {
  const code = /^x/i.test(written) ? Number.parseInt(written.slice(1), 16) : Number(written);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "";
}
