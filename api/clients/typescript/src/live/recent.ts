/** Which outcomes were told, so that none is told twice. */

/** A stream may tell again what it told shortly before it broke off; further back than this it never goes. */
const MOST_REMEMBERED = 10_000;

/** The names of the last outcomes, within bounded memory. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #most: number;

  constructor(most: number = MOST_REMEMBERED) {
    this.#most = most;
  }

  /** Remember a name; return whether it is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) {
      return false;
    }
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.#most && oldest !== undefined) {
      this.#ids.delete(oldest);
    }
    return true;
  }
}
