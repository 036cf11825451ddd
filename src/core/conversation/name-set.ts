/** A set of names that only grows, in constant time, and that nobody can change: as `Sequence`, a view of a shared store. */
export class NameSet {
  readonly size: number;
  /** Each name with its place: a view holds the names whose place lies before its size. */
  readonly #places: Map<string, number>;

  private constructor(places: Map<string, number>, size: number) {
    this.#places = places;
    this.size = size;
  }

  static empty(): NameSet {
    return new NameSet(new Map(), 0);
  }

  has(name: string): boolean {
    return (this.#places.get(name) ?? this.size) < this.size;
  }

  with(name: string): NameSet {
    if (this.has(name)) return this;
    const own = this.#places.size === this.size ? this.#places : this.#copy();
    own.set(name, this.size);
    return new NameSet(own, this.size + 1);
  }

  #copy(): Map<string, number> {
    return new Map([...this.#places].filter(([, place]) => place < this.size));
  }
}
