/** Why the account cannot be shown, with a way to try again. It must never blame an app: nobody came from one. */
import { Show } from "solid-js";
import { Heading } from "../components/heading.tsx";
import { text } from "../text/index.ts";
import { ErrorPage, type Problem } from "./error.tsx";

export function AccountStopped(props: { problem: Problem; onRetry: () => void }) {
  return (
    <Show
      when={props.problem === "offline"}
      fallback={
        <>
          <Heading title={text().error.broken.title} />
          <div role="alert">
            <p class="lead">
              {props.problem === "forbidden" ? text().account.secondFactor : text().error.broken.what}
            </p>
          </div>
          <div class="actions">
            <button type="button" class="primary" onClick={() => props.onRetry()}>{text().tryAgain}</button>
          </div>
        </>
      }
    >
      <ErrorPage problem="offline" onRetry={props.onRetry} />
    </Show>
  );
}
