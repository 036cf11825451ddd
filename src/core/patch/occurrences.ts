/**
 * Where a run of numbers occurs in another, overlapping places included, in linear time (Knuth, Morris, Pratt): a file of a million equal
 * lines must not make a patch slow. At most `most` places; an empty run occurs nowhere.
 */
export function occurrences(haystack: readonly number[], needle: readonly number[], most: number): readonly number[] {
  if (needle.length === 0) return [];
  const back = fallbacks(needle);
  const places: number[] = [];
  let matched = 0;
  for (let at = 0; at < haystack.length && places.length < most; at++) {
    while (matched > 0 && haystack[at] !== needle[matched]) matched = back[matched - 1] ?? 0;
    if (haystack[at] === needle[matched]) matched++;
    if (matched < needle.length) continue;
    places.push(at - matched + 1);
    matched = back[matched - 1] ?? 0;
  }
  return places;
}

/** For each place how much of the beginning the run up to there ends with. */
function fallbacks(needle: readonly number[]): readonly number[] {
  const back = [0];
  let matched = 0;
  for (let at = 1; at < needle.length; at++) {
    while (matched > 0 && needle[at] !== needle[matched]) matched = back[matched - 1] ?? 0;
    if (needle[at] === needle[matched]) matched++;
    back.push(matched);
  }
  return back;
}
