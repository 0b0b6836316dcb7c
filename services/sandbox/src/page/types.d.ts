// What the page shares with the control API it speaks to: types only, nothing of this is loaded.
export type { ChatView, MessageView } from "../api/chats.ts";
export type { SandboxEvent } from "../api/events.ts";
export type { FaultKindView, Fault } from "../api/faults.ts";
export type { PhoneView } from "../api/phones.ts";
