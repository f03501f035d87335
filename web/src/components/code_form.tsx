/** The second factor: six digits of an authenticator app. */
import { text } from "../text/index.ts";
import { Alert } from "./alert.tsx";
import { Heading } from "./heading.tsx";

export function CodeForm(props: {
  busy: boolean;
  alert: string | null;
  /** Answers whether the code was right. */
  onCode: (code: string) => Promise<boolean>;
  onStartOver: () => void;
}) {
  let code!: HTMLInputElement;

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    // Apps show the digits in groups.
    if (!await props.onCode(code.value.replaceAll(/\s/g, ""))) code.select();
  }

  return (
    <>
      <Heading title={text().code.title} />
      <p class="lead">{text().code.lead}</p>
      <Alert text={props.alert} />
      <form class="sign-in" method="post" onSubmit={submit}>
        <label for="code">{text().code.label}</label>
        <input
          ref={code}
          id="code"
          name="code"
          type="text"
          inputmode="numeric"
          autocomplete="one-time-code"
          pattern="\s*(\d\s*){6}"
          title={text().code.hint}
          required
        />
        <button type="submit" class="primary" disabled={props.busy}>{text().code.submit}</button>
      </form>
      <p class="hint">
        {text().code.lost}{" "}
        <button type="button" class="quiet" disabled={props.busy} onClick={() => props.onStartOver()}>
          {text().code.startOver}
        </button>
      </p>
    </>
  );
}
