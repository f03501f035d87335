/** Shown while the server is asked. The stylesheet reveals it only when that takes long. */
import { text } from "../text/index.ts";

export function Loading() {
  return <p class="loading" role="status">{text().loading}</p>;
}
