/** The scopes of the MCP resource with the words that consent shows: the only list of them. */
import type { LocalizedText } from "../../_shared/contract/interaction.ts";

export interface Scope {
  /** `<noun>:<read|write>`. */
  readonly name: string;
  readonly description: LocalizedText;
  /** Given to a client that asks for none, and listed in the resource's metadata: the least that is of use. */
  readonly isDefault: boolean;
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
];

/** What a client is told to ask for first (MCP authorization "Scope Selection Strategy"). */
export const DEFAULT_SCOPE: readonly string[] = SCOPES.filter((scope) => scope.isDefault).map((scope) =>
  scope.name
);
