/**
 * The one heading of a page: names the document and takes the focus when the page changes.
 *
 * A page must never show two of them.
 */
import { createEffect, type JSX, onMount } from "solid-js";
import { text } from "../text/index.ts";

export function Heading(props: { title: string; children?: JSX.Element }) {
  let heading!: HTMLHeadingElement;
  createEffect(() => document.title = `${props.title} · ${text().site}`);
  // What the person was reading is gone: keyboard and screen reader go on from here.
  onMount(() => heading.focus({ preventScroll: true }));
  return <h1 ref={heading} tabindex="-1">{props.children ?? props.title}</h1>;
}
