/** The tools that exist, in the order in which they are listed: the only list of them. */
import type { Tool } from "./define_tool.ts";
import { getTime } from "./get_time.ts";
import { productList } from "./product_list.ts";

export const TOOLS: readonly Tool[] = [getTime, productList];
