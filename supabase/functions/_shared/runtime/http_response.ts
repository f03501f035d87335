/**
 * One answer of HTTP/1.1 (RFC 9112), read from bytes. Strict where leniency has been an attack: lines end with CRLF,
 * there is one way to tell where the body ends, nothing is compressed, a redirect is no answer. Never reads beyond
 * what its bounds allow.
 */
import { ByteSource, joined, MOST_LINE_BYTES, type Read } from "./byte_source.ts";
import { OutboundError } from "./outbound_error.ts";

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** All status lines and headers of an answer together, interim ones too; and once more all trailers. */
const MOST_HEAD_BYTES = MOST_LINE_BYTES;
const MOST_CHUNK_LINE_BYTES = 256;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)( [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?$/;

/** Fields that decide what the body is: a second one, even an equal one, means that somebody reads it differently. */
const ONCE = new Set(["content-length", "transfer-encoding", "content-encoding"]);

interface Head {
  readonly status: number;
  readonly old: boolean;
  readonly headers: Headers;
}

/**
 * The answer in these bytes, with a body of at most `mostBytes`.
 *
 * @throws OutboundError `redirect`, `encoding`, `too_large` or `malformed`.
 */
export async function readHttpResponse(read: Read, mostBytes: number): Promise<OutboundResponse> {
  const source = new ByteSource(read);
  const { status, old, headers } = await readFinalHead(source);
  if (status >= 300 && status < 400) throw new OutboundError("redirect");
  const encoding = headers.get("Content-Encoding");
  // A few bytes of gzip can be gigabytes: we asked for none and unpack none.
  if (encoding !== null && encoding.toLowerCase() !== "identity") throw new OutboundError("encoding");
  const body = await readBody(source, { status, old, headers }, mostBytes);
  return { status, headers, body };
}

/** The head after all interim ones (RFC 9110 §15.2). */
async function readFinalHead(source: ByteSource): Promise<Head> {
  const nextLine = boundedLines(source);
  for (;;) {
    const [, minor, status] = STATUS_LINE.exec(await nextLine()) ?? [];
    if (status === undefined) throw new OutboundError("malformed");
    const head = { status: Number(status), old: minor === "0", headers: await readFields(nextLine) };
    // Nobody asked to change the protocol.
    if (head.status === 101) throw new OutboundError("malformed");
    if (head.status >= 200) return head;
  }
}

/** Lines that together are no longer than a head may be. */
function boundedLines(source: ByteSource): () => Promise<string> {
  let left = MOST_HEAD_BYTES;
  return async () => {
    const line = await source.line(left, "too_large");
    left = Math.max(0, left - line.length - 2);
    return line;
  };
}

/** Fields until the empty line (RFC 9112 §5): no folding, no space before the colon. */
async function readFields(nextLine: () => Promise<string>): Promise<Headers> {
  const headers = new Headers();
  for (let line = await nextLine(); line !== ""; line = await nextLine()) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1);
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) throw new OutboundError("malformed");
    if (ONCE.has(name) && headers.has(name)) throw new OutboundError("malformed");
    headers.append(name, value);
  }
  return headers;
}

/** RFC 9112 §6.3, for the answer to a GET. */
async function readBody(source: ByteSource, head: Head, mostBytes: number): Promise<Uint8Array> {
  const coding = head.headers.get("Transfer-Encoding");
  const length = head.headers.get("Content-Length");
  if (coding !== null) {
    if (length !== null || head.old || head.status === 204) throw new OutboundError("malformed");
    if (coding.toLowerCase() !== "chunked") throw new OutboundError("encoding");
    return await readChunks(source, mostBytes);
  }
  if (length !== null && !/^\d{1,15}$/.test(length)) throw new OutboundError("malformed");
  if (head.status === 204) return new Uint8Array();
  if (length === null) return await source.rest(mostBytes);
  if (Number(length) > mostBytes) throw new OutboundError("too_large");
  return await source.exactly(Number(length));
}

/** RFC 9112 §7.1. Extensions and trailers are read and dropped. */
async function readChunks(source: ByteSource, mostBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let total = 0;;) {
    const [, size] = CHUNK_LINE.exec(await source.line(MOST_CHUNK_LINE_BYTES)) ?? [];
    if (size === undefined) throw new OutboundError("malformed");
    const length = parseInt(size, 16);
    if (length === 0) break;
    total += length;
    if (total > mostBytes) throw new OutboundError("too_large");
    parts.push(await source.exactly(length));
    await source.line(0);
  }
  await readFields(boundedLines(source));
  return joined(parts);
}
