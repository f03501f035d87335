/** What a person reads when authorize or the continue step refuses: one fixed page per dead end, with the next step. */
import type { LocalizedText } from "../../_shared/contract/interaction.ts";
import { retryAfter } from "../../_shared/http/respond.ts";
import type { OAuthError, OAuthErrorCode } from "../../_shared/oauth_error.ts";
import { localPage } from "./local_page.ts";

type Words = { readonly title: LocalizedText; readonly text: LocalizedText };

const ENDED: Words = {
  title: { en: "This request is over", ja: "このリクエストは終了しました" },
  text: {
    en:
      "It was already answered, or it took longer than ten minutes. If your app is not connected, go back to it and connect again.",
    ja:
      "すでに回答済みか、10分以上経過しています。アプリが接続されていない場合は、アプリに戻ってもう一度接続してください。",
  },
};

const UNFORESEEN: Words = {
  title: { en: "The server cannot answer right now", ja: "サーバーが応答できません" },
  text: {
    en: "Nothing was granted. Wait a moment, then go back to your app and connect again.",
    ja: "許可は行われていません。しばらく待ってから、アプリに戻ってもう一度接続してください。",
  },
};

const WRONG_BROWSER: Words = {
  title: { en: "Begun in another browser", ja: "別のブラウザーで始められたリクエストです" },
  text: {
    en:
      "Nothing was granted, and the request is over. If somebody sent you here, they may have been after your data. If it was your own app, go back to it and connect again, in this browser from the start.",
    ja:
      "許可は行われず、リクエストは終了しました。誰かに案内されて開いた場合は、あなたのデータを狙ったものかもしれません。ご自身のアプリの場合は、アプリに戻り、最初からこのブラウザーでもう一度接続してください。",
  },
};

const WORDS: Partial<Record<OAuthErrorCode, Words>> = {
  invalid_client: {
    title: { en: "Unknown app", ja: "不明なアプリ" },
    text: {
      en:
        "The app that sent you here is not registered with this server. Remove the connection in the app and add it again.",
      ja:
        "ここに案内したアプリは、このサーバーに登録されていません。アプリで接続を削除し、もう一度追加してください。",
    },
  },
  invalid_redirect_uri: {
    title: { en: "Wrong return address", ja: "戻り先が正しくありません" },
    text: {
      en:
        "The app that sent you here wants its answer at an address that it did not register. Nothing was sent there.",
      ja: "ここに案内したアプリは、登録されていないアドレスへの回答を求めています。何も送信していません。",
    },
  },
  request_expired: ENDED,
  wrong_browser: WRONG_BROWSER,
  too_many_requests: {
    title: { en: "Too many requests", ja: "リクエストが多すぎます" },
    text: {
      en:
        "Too many apps were connected from your network in this hour. Nothing was granted. Try again later.",
      ja:
        "お使いのネットワークからの接続が、この1時間に多すぎます。許可は行われていません。後でもう一度お試しください。",
    },
  },
  temporarily_unavailable: UNFORESEEN,
  server_error: UNFORESEEN,
};

/** The page of a refusal that goes nowhere. 400, 429 when it is a matter of time, or 5xx when the fault is ours. */
export function refusalPage(error: OAuthError, request: Request, plainText: boolean): Response {
  const words = WORDS[error.code] ?? UNFORESEEN;
  const status = error.status >= 429 ? error.status : 400;
  return localPage({ status, ...words, headers: retryAfter(error) }, request, plainText);
}

/** The page of a refusal that may go to the client only if the person sends it there. */
export function refusalPageWithReturn(
  host: string,
  href: string,
  request: Request,
  plainText: boolean,
): Response {
  return localPage(
    {
      status: 400,
      title: { en: "The app's request cannot be used", ja: "アプリのリクエストを処理できません" },
      text: {
        en: "Something in it is wrong or missing. Nothing was granted. You may return to the app to tell it.",
        ja: "内容に誤りや不足があります。許可は行われていません。アプリに戻って知らせることができます。",
      },
      link: { label: { en: `Return to ${host}`, ja: `${host} に戻る` }, href },
    },
    request,
    plainText,
  );
}
