import MarkdownIt from "markdown-it";

/* What GitHub would make of a text that we composed. */

const markdown = new MarkdownIt({ html: true, linkify: true });

/** Headings at the top level, without inline code. */
export const headings = (text: string): string[] => {
  const tokens = markdown.parse(text, {});
  return tokens.flatMap((token, at) =>
    token.type === "heading_open" && token.level === 0
      ? [(tokens[at + 1]?.content ?? "").replace(/`[^`]*`/g, "").trim()]
      : [],
  );
};

/** Images, HTML, links that leave, and mentions or references in running text. */
export const foreign = (text: string): string[] =>
  markdown.parse(text, {}).flatMap((token) => [
    ...(token.type === "html_block" ? [token.content] : []),
    ...(token.children ?? []).flatMap((child) => {
      if (child.type === "image" || child.type === "html_inline" || child.type === "link_open") return [child.type];
      return child.type === "text" && /@\w|(?<!Closes )#\d/.test(child.content) ? [child.content] : [];
    }),
  ]);
