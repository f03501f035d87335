/** The scopes of the MCP resource with the words that consent shows: the only list of them. */
import type { AuthorizationDetail, LocalizedText } from "../../_shared/contract/interaction.ts";

export interface Scope {
  /** `<noun>:<read|write>`. */
  readonly name: string;
  /** The label of a checkbox on the consent page: what the app can do once it is ticked. */
  readonly description: LocalizedText;
  /** Given to a client that asks for none, and listed in the resource's metadata: the least that is of use. */
  readonly isDefault: boolean;
  /** What limits it (RFC 9396), as it is unless a client asks otherwise and the person narrows it: see docs/adr/0015. */
  readonly detail?: AuthorizationDetail;
}

export const SCOPES: readonly Scope[] = [
  {
    name: "product:read",
    description: {
      en: "See your products, their prices and stock",
      ja: "商品とその価格・在庫の閲覧",
    },
    isDefault: true,
  },
  {
    name: "product:write",
    description: {
      en: "Change names, prices and stock of your products",
      ja: "商品の名称・価格・在庫の変更",
    },
    isDefault: false,
  },
  {
    name: "order:read",
    description: { en: "See your orders", ja: "注文の閲覧" },
    isDefault: false,
  },
  {
    name: "order:write",
    description: {
      en: "Place orders, which takes stock, and cancel orders",
      ja: "注文の作成（在庫が減ります）と取り消し",
    },
    isDefault: false,
  },
  {
    name: "booking:read",
    description: { en: "See your rooms and their bookings", ja: "部屋とその予約の閲覧" },
    isDefault: false,
  },
  {
    name: "booking:write",
    description: { en: "Book your rooms and cancel bookings", ja: "部屋の予約と予約の取り消し" },
    isDefault: false,
  },
  {
    name: "ticket:read",
    description: { en: "See your events and ticket reservations", ja: "イベントとチケット予約の閲覧" },
    isDefault: false,
  },
  {
    name: "ticket:write",
    description: {
      en: "Reserve tickets, which cost money, and cancel reservations",
      ja: "チケットの予約（料金がかかります）と予約の取り消し",
    },
    isDefault: false,
    detail: {
      type: "ticket-reservation",
      actions: ["reserve", "cancel"],
      maxAmount: 10_000,
      currency: "JPY",
    },
  },
  {
    name: "form:read",
    description: { en: "See your forms and the responses to them", ja: "フォームとその回答の閲覧" },
    isDefault: false,
  },
  {
    name: "form:write",
    description: { en: "Answer your forms", ja: "フォームへの回答" },
    isDefault: false,
  },
];

/** Types of authorization details that limit a scope here. */
export const DETAIL_TYPES: readonly string[] = SCOPES.flatMap(({ detail }) => detail?.type ?? []);

/** What a client is told to ask for first (MCP authorization "Scope Selection Strategy"). */
export const DEFAULT_SCOPE: readonly string[] = SCOPES.filter((scope) => scope.isDefault).map((scope) =>
  scope.name
);
