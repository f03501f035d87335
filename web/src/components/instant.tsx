/** A moment as people of the chosen language write it, in this computer's time zone. */
import { language } from "../text/index.ts";

export function Instant(props: { at: string }) {
  const written = () =>
    new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(
      new Date(props.at),
    );
  return <time datetime={props.at}>{written()}</time>;
}
