/** The tools that exist, in the order in which they are listed: the only list of them. */
import { bookingCancel } from "./booking_cancel.ts";
import { bookingCreate } from "./booking_create.ts";
import { bookingList } from "./booking_list.ts";
import type { Tool } from "./define_tool.ts";
import { formList } from "./form_list.ts";
import { formResponses } from "./form_responses.ts";
import { formSubmit } from "./form_submit.ts";
import { getTime } from "./get_time.ts";
import { orderCancel } from "./order_cancel.ts";
import { orderCreate } from "./order_create.ts";
import { orderGet } from "./order_get.ts";
import { orderList } from "./order_list.ts";
import { productGet } from "./product_get.ts";
import { productList } from "./product_list.ts";
import { productUpdate } from "./product_update.ts";
import { roomList } from "./room_list.ts";
import { ticketCancel } from "./ticket_cancel.ts";
import { ticketEvents } from "./ticket_events.ts";
import { ticketReserve } from "./ticket_reserve.ts";
import { whoami } from "./whoami.ts";

export const TOOLS: readonly Tool[] = [
  getTime,
  whoami,
  productList,
  productGet,
  productUpdate,
  orderList,
  orderGet,
  orderCreate,
  orderCancel,
  roomList,
  bookingList,
  bookingCreate,
  bookingCancel,
  ticketEvents,
  ticketReserve,
  ticketCancel,
  formList,
  formSubmit,
  formResponses,
];
