import { BOUNDS, EXCEPTIONS, type Exception, FORBIDDEN_FOLDERS, LAYERS } from "./architecture.ts";
import type { Node, SourceFile } from "./source.ts";

/*
 * The architecture's rules: each takes files and gives one sentence a violation, none when the rule is kept.
 */

export type Rule = (files: readonly SourceFile[]) => string[];

const folderOf = (path: string): string => path.split("/")[1] ?? "";
const excepted = (file: string, rule: Exception["rule"], what?: string): boolean =>
  EXCEPTIONS.some((exception) => exception.file === file && exception.rule === rule && exception.what === what);
const eachNode =
  (judge: (node: Node, file: SourceFile) => string | null): Rule =>
  (files) =>
    files.flatMap((file) =>
      file.nodes.flatMap((node) => {
        const fault = judge(node, file);
        return fault === null ? [] : [`${file.path}:${file.lineOf(node)} ${fault}`];
      }),
    );

export const layers: Rule = (files) =>
  files.flatMap((file) => {
    const folder = folderOf(file.path);
    const layer = LAYERS[folder];
    if (layer === undefined) return [`${file.path} lies in no layer`];
    return file.imports.flatMap(({ own, specifier }) => {
      const allowed =
        own === null
          ? layer.outside.some((name) => matches(name, specifier)) || excepted(file.path, "import", specifier)
          : own.startsWith("src/") && [folder, ...layer.own].some((name) => name === "*" || name === folderOf(own));
      return allowed ? [] : [`${file.path} imports ${specifier}`];
    });
  });

/** `zod` stands for the package and its sub-paths are named apart; `x*` for all that starts with x. */
const matches = (pattern: string, specifier: string): boolean =>
  pattern.endsWith("*") ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern;

export const nobodyImportsApp: Rule = (files) =>
  files.flatMap((file) =>
    file.imports
      .filter(({ own }) => own?.startsWith("src/app/") === true && folderOf(file.path) !== "app")
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );

/** Strongly connected files, by following imports depth first; types count too. */
export const cycles: Rule = (files) => {
  const targets = new Map(files.map((file) => [file.path, file.imports.flatMap(({ own }) => own ?? [])]));
  const state = new Map<string, "open" | "done">();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "open") found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (state.has(path)) return;
    state.set(path, "open");
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
};

export const fileLength: Rule = (files) =>
  files
    .filter((file) => file.lines > BOUNDS.fileLines && !excepted(file.path, "file length"))
    .map((file) => `${file.path} has ${file.lines} lines`);

export const functionLength: Rule = (files) =>
  files.flatMap((file) =>
    file.functions
      .filter(({ lines }) => lines > BOUNDS.functionLines && !excepted(file.path, "function length"))
      .map(({ line, lines }) => `${file.path}:${line} has a function of ${lines} lines`),
  );

export const parameters: Rule = (files) =>
  files.flatMap((file) =>
    file.functions
      .filter((fn) => fn.parameters > BOUNDS.parameters && !excepted(file.path, "parameters"))
      .map((fn) => `${file.path}:${fn.line} has a function of ${fn.parameters} parameters`),
  );

const ownImports = (file: SourceFile): number => new Set(file.imports.flatMap(({ own }) => own ?? [])).size;

export const ownImportCount: Rule = (files) =>
  files
    .filter((file) => ownImports(file) > BOUNDS.ownImports && !excepted(file.path, "own imports"))
    .map((file) => `${file.path} imports ${ownImports(file)} own files`);

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;

/** The shape of the whole: medians, the ninetieth percentile, and the mean of own imports where their bound holds. */
export const proportions: Rule = (files) => {
  const lengths = files.map((file) => file.lines);
  const functions = files.flatMap((file) => file.functions.map((fn) => fn.lines));
  const bound = files.filter((file) => !excepted(file.path, "own imports"));
  const mean = bound.reduce((sum, file) => sum + ownImports(file), 0) / Math.max(1, bound.length);
  const figures: readonly (readonly [string, number, number])[] = [
    ["median of lines a file", quantile(lengths, 0.5), BOUNDS.fileMedian],
    ["ninetieth percentile of lines a file", quantile(lengths, 0.9), BOUNDS.fileNinetieth],
    ["median of lines a function", quantile(functions, 0.5), BOUNDS.functionMedian],
    ["mean of own imports a file", mean, BOUNDS.ownImportsMean],
  ];
  return figures.filter(([, is, bound]) => is > bound).map(([what, is, bound]) => `${what}: ${is} (bound ${bound})`);
};

const isName = (node: unknown, name: string): boolean =>
  typeof node === "object" && node !== null && "name" in node && node.name === name;

export const noAny: Rule = eachNode((node) => (node.type === "TSAnyKeyword" ? "uses any" : null));

export const noBareErrors: Rule = eachNode((node, file) =>
  node.type === "NewExpression" && isName(node["callee"], "Error") && file.path !== "src/core/errors.ts"
    ? "makes an Error that is not in the catalogue"
    : null,
);

export const environmentOnlyInConfig: Rule = eachNode((node, file) =>
  node.type === "MemberExpression" &&
  isName(node["object"], "process") &&
  isName(node["property"], "env") &&
  file.path !== "src/app/config.ts"
    ? "reads process.env"
    : null,
);

export const noModuleMocks: Rule = eachNode((node) =>
  node.type === "MemberExpression" &&
  isName(node["object"], "vi") &&
  ["mock", "doMock", "hoisted", "unmock", "importMock"].some((name) => isName(node["property"], name))
    ? "mocks a module"
    : null,
);

const TESTERS = ["test", "it", "describe", "suite", "bench"];
const HELD_BACK = ["only", "skip", "todo", "fails"];

export const noHeldBackTests: Rule = eachNode((node) =>
  node.type === "MemberExpression" &&
  TESTERS.some((name) => isName(node["object"], name)) &&
  HELD_BACK.some((name) => isName(node["property"], name))
    ? "holds a test back"
    : null,
);

export const noDefaultExports: Rule = eachNode((node, file) =>
  node.type === "ExportDefaultDeclaration" && !excepted(file.path, "default export") ? "has a default export" : null,
);

/** A file whose exports are all other files' exports, or that passes on another file whole. */
export const noBarrels: Rule = (files) =>
  files.flatMap((file) => {
    const program = file.nodes.find((node) => node.type === "Program");
    const body = Array.isArray(program?.["body"]) ? (program["body"] as readonly Node[]) : [];
    const passedOn = body.filter(
      (node) =>
        node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && node["source"] != null),
    );
    const isBarrel =
      passedOn.some((node) => node.type === "ExportAllDeclaration") ||
      (body.length > 0 && passedOn.length === body.length);
    const found = isBarrel || /(?:^|\/)index\.ts$/.test(file.path);
    return found && !excepted(file.path, "barrel") ? [`${file.path} is a barrel`] : [];
  });

export const noDrawerFolders: Rule = (files) =>
  files
    .filter((file) =>
      file.path
        .split("/")
        .slice(0, -1)
        .some((folder) => FORBIDDEN_FOLDERS.includes(folder)),
    )
    .map((file) => `${file.path} lies in a folder without a noun`);
