/** Text that comes in pieces, cut into its lines. */

/** Cuts lines out of bytes that come in pieces of any size. A line ends in CR, LF, or both. */
export class Lines {
  // It passes over a byte order mark, and keeps the beginning of a character whose rest has not come.
  readonly #decoder = new TextDecoder();
  #rest = "";
  #endedInReturn = false;

  /** Return the lines that end in this piece. */
  push(piece: Uint8Array): string[] {
    const text = this.#decoder.decode(piece, { stream: true });
    if (text === "") {
      return [];
    }
    // Both may come in two pieces.
    const fresh = this.#endedInReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#endedInReturn = text.endsWith("\r");
    const lines = (this.#rest + fresh).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
