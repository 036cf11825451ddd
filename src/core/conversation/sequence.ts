/*
 * A list that only ever grows at its end, in constant time, and that nobody can change.
 *
 * Q1 What a view holds never changes: later items of the shared store lie beyond its length.
 * Q2 Growing the newest view shares the store; growing an older one, which is rare, copies it first.
 * A class, so that tests compare two by their items.
 */
export class Sequence<T> implements Iterable<T> {
  readonly length: number;
  readonly #store: T[];

  private constructor(store: T[], length: number) {
    this.#store = store;
    this.length = length;
  }

  static of<T>(...items: readonly T[]): Sequence<T> {
    return new Sequence([...items], items.length);
  }

  with(item: T): Sequence<T> {
    const store = this.#store.length === this.length ? this.#store : this.toArray();
    store.push(item);
    return new Sequence(store, this.length + 1);
  }

  /** Negative counts from the end. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.length + index : index;
    return place >= 0 && place < this.length ? this.#store[place] : undefined;
  }

  toArray(): T[] {
    return this.#store.slice(0, this.length);
  }

  filter(fits: (item: T) => boolean): T[] {
    return this.toArray().filter(fits);
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let place = 0; place < this.length; place += 1) yield this.#store[place] as T; // within the length there are only items
  }
}
