/**
 * What happened, and what to do next.
 *
 * It must never show what a server or a URL says: only our own sentences.
 */
import { Show } from "solid-js";
import { Heading } from "../components/heading.tsx";
import { text } from "../text/index.ts";

export type Problem =
  | "notFound"
  | "noRequest"
  | "signIn"
  | "forbidden"
  | "gone"
  | "answered"
  | "unsafe"
  | "broken"
  | "offline";

export function problemOfStatus(status: number): Problem {
  switch (status) {
    case 403:
      return "forbidden";
    case 404:
    case 410:
      return "gone";
    case 409:
      return "answered";
    // The server asks to come back; the request itself lives for ten minutes.
    case 429:
    case 503:
      return "offline";
    default:
      return "broken";
  }
}

export function ErrorPage(props: { problem: Problem; onRetry?: () => void }) {
  return (
    <>
      <Heading title={text().error[props.problem].title} />
      <div role="alert">
        <p class="lead">
          {text().error[props.problem].what} {nextStep(props.problem)}
        </p>
      </div>
      <div class="actions">
        <Show
          when={props.problem === "offline"}
          fallback={<a class="button" href="/">{text().error.toHome}</a>}
        >
          <button type="button" class="primary" onClick={() => props.onRetry?.()}>{text().tryAgain}</button>
        </Show>
      </div>
    </>
  );
}

/** Where starting again in the app would not help, the button beneath is the next step. */
function nextStep(problem: Problem): string {
  switch (problem) {
    case "notFound":
      return "";
    case "offline":
      return text().error.nextRetry;
    default:
      return text().error.next;
  }
}
