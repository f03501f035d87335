/**
 * Bytes of a connection, taken in lines and pieces of a bounded length, however they arrive. Never holds more than
 * one window of bytes that nobody asked for.
 */
import { OutboundError, type OutboundReason } from "./outbound_error.ts";

/** Fills some of this; the number of bytes, or null at the end. As `Deno.Conn.read`. */
export type Read = (into: Uint8Array) => Promise<number | null>;

/** Longest line that can be asked for. */
export const MOST_LINE_BYTES = 16 * 1024;

const CR = 0x0d;
const LF = 0x0a;

export class ByteSource {
  readonly #read: Read;
  readonly #buffer = new Uint8Array(MOST_LINE_BYTES + 2);
  #start = 0;
  #end = 0;

  constructor(read: Read) {
    this.#read = read;
  }

  /**
   * The next line, without its CRLF, one character for each byte.
   *
   * @throws OutboundError `tooLong` beyond `most` bytes; `malformed` for a bare LF or when the bytes end before it.
   */
  async line(most: number, tooLong: OutboundReason = "malformed"): Promise<string> {
    for (let searched = 0;;) {
      const window = this.#buffer.subarray(this.#start, this.#end);
      const length = window.indexOf(LF, searched) - 1;
      if (length >= 0 ? length > most : window.length > most + 1) throw new OutboundError(tooLong);
      if (length >= 0) {
        if (window[length] !== CR) throw new OutboundError("malformed");
        this.#start += length + 2;
        return String.fromCharCode(...window.subarray(0, length));
      }
      searched = window.length;
      // An LF at the very start was found at 0: it has no CR before it.
      if (window[0] === LF || !(await this.#fill())) throw new OutboundError("malformed");
    }
  }

  /** Exactly this many bytes. @throws OutboundError `malformed` when they end before. */
  async exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await this.#take(bytes.subarray(filled));
      if (count === 0) throw new OutboundError("malformed");
      filled += count;
    }
    return bytes;
  }

  /** All bytes until the end. @throws OutboundError `too_large` at the first byte beyond `most`. */
  async rest(most: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let total = 0;;) {
      const part = new Uint8Array(Math.min(MOST_LINE_BYTES, most + 1 - total));
      const count = await this.#take(part);
      if (count === 0) return joined(parts);
      total += count;
      if (total > most) throw new OutboundError("too_large");
      parts.push(part.subarray(0, count));
    }
  }

  /** Some bytes, at least one, or 0 at the end. */
  async #take(into: Uint8Array): Promise<number> {
    if (this.#start === this.#end) return await this.#read(into) ?? 0;
    const window = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + into.length));
    into.set(window);
    this.#start += window.length;
    return window.length;
  }

  /** More bytes into the buffer; false at the end. */
  async #fill(): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    const count = await this.#read(this.#buffer.subarray(this.#end)) ?? 0;
    this.#end += count;
    return count > 0;
  }
}

/** These bytes, one part after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
