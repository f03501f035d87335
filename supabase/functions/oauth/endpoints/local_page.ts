/**
 * The pages that the authorization server itself shows a person when there is nowhere to redirect to, or nowhere that
 * may be redirected to without the person's act (RFC 9700 §4.11.2). Never a script, never a text of the client's.
 */
import type { LocalizedText } from "../../_shared/contract/interaction.ts";
import { SAFE_HEADERS } from "../../_shared/http/respond.ts";

export interface LocalPage {
  readonly status: number;
  readonly title: LocalizedText;
  readonly text: LocalizedText;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the person may return to by an act of their own. */
  readonly link?: { readonly label: LocalizedText; readonly href: string };
}

/** Hash of the style below, so that the policy needs no `unsafe-inline`: checked by a test. */
export const STYLE = "body{margin:0;font:1rem/1.6 system-ui,sans-serif;color:#17201d;background:#e9eeeb}" +
  "main{max-width:30rem;margin:12vh auto;padding:2rem 2.25rem;border:solid #24302c;border-width:.875rem .75rem 3px;" +
  "background:#fbfcfb;overflow-wrap:anywhere}h1{margin:0;font-size:1.4rem;line-height:1.3}p{margin:.75rem 0 0}" +
  "a{display:inline-block;margin-top:.5rem;padding:.6rem 1.1rem;border-radius:4px;font-weight:600;color:#fff;" +
  "background:#1c5c47}a:focus-visible{outline:3px solid #1c5c47;outline-offset:2px}" +
  "@media(max-width:36rem){main{margin:1rem .75rem;padding:1.25rem}}" +
  "@media(prefers-color-scheme:dark){body{color:#e6ece9;background:#101514}main{border-color:#44544d;" +
  "background:#19211f}a{color:#0c1a15;background:#7fcdae}a:focus-visible{outline-color:#7fcdae}}";
export const STYLE_HASH = "sha256-vcjUTuNCrJpVUzM2NN/9LSwA2ISg+3Ka4PEg+FMqiig=";

/**
 * Answers the page, in Japanese for a browser that prefers it. Supabase's bare host serves no HTML, so there it is
 * plain text.
 */
export function localPage(page: LocalPage, request: Request, plainText: boolean): Response {
  const language = preferredLanguage(request.headers.get("Accept-Language"));
  const body = plainText ? renderText(page, language) : renderHtml(page, language);
  return new Response(body, {
    status: page.status,
    headers: {
      ...SAFE_HEADERS,
      ...page.headers,
      "Content-Type": plainText ? "text/plain; charset=utf-8" : "text/html; charset=utf-8",
      "Content-Language": language,
      "Content-Security-Policy":
        `default-src 'none'; style-src '${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    },
  });
}

/** The first of our languages that the browser names. */
function preferredLanguage(header: string | null): "en" | "ja" {
  const named = (header ?? "").toLowerCase().split(",").map((range) => range.trim().slice(0, 2));
  return named.find((language) => language === "en" || language === "ja") === "ja" ? "ja" : "en";
}

function renderText(page: LocalPage, language: "en" | "ja"): string {
  const link = page.link === undefined ? "" : `\n\n${page.link.label[language]}:\n${page.link.href}`;
  return `${page.title[language]}\n\n${page.text[language]}${link}\n`;
}

function renderHtml(page: LocalPage, language: "en" | "ja"): string {
  const link = page.link === undefined
    ? ""
    : `<p><a rel="noreferrer" href="${escapeHtml(page.link.href)}">${
      escapeHtml(page.link.label[language])
    }</a></p>`;
  const title = escapeHtml(page.title[language]);
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8">` +
    `<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>` +
    `<body><main><h1>${title}</h1><p>${escapeHtml(page.text[language])}</p>${link}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  )
    .replaceAll("'", "&#39;");
}
