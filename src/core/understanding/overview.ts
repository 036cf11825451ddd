/** A repository from far away: what stands at its top, and what it is written in. */
export interface Overview {
  readonly files: number;
  /** Names at the top level, folders with a slash and how many files lie beneath. */
  readonly top: readonly string[];
  /** Endings of file names with the number of files, most frequent first. */
  readonly languages: readonly string[];
}

const MAX_TOP = 60;
const MAX_LANGUAGES = 8;

/** A name as it is shown: long ones are cut, so that the whole stays small whatever a repository calls its files. */
const shown = (name: string): string => (name.length > 80 ? `${name.slice(0, 79)}…` : name);

function counted(names: Iterable<string>): readonly (readonly [name: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
}

const ENDING = /^[A-Za-z][A-Za-z0-9+]{0,9}$/;

/** Looked for from the end by hand: a path is somebody else's text, and a pattern that tries every start would take long over it. */
function ending(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  const end = name.slice(dot + 1);
  return dot > 0 && ENDING.test(end) ? end : null;
}

/** @param paths every file, relative to the root */
export function overviewOf(paths: readonly string[]): Overview {
  const folders = counted(paths.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : [])));
  const files = paths.filter((path) => !path.includes("/")).toSorted();
  const top = [...folders.map(([name, count]) => `${shown(name)}/ (${count})`), ...files.map(shown)];
  const left = top.length - MAX_TOP;
  const languages = counted(paths.map(ending).filter((end) => end !== null));
  return {
    files: paths.length,
    top: left > 0 ? [...top.slice(0, MAX_TOP), `… ${left} more`] : top,
    languages: languages.slice(0, MAX_LANGUAGES).map(([end, count]) => `.${end} (${count})`),
  };
}
