/**
 * Holds an answer back until its first bytes exist: until a tool has spoken, the gate can still answer for it. Streams
 * go on as streams; keep-alives and progress count as bytes, so nothing is held for long.
 */

/** The same response once its body has begun. */
export async function untilFirstChunk(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  let next: ReadableStreamReadResult<Uint8Array> | null = await reader.read();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? await reader.read();
      next = null;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}
