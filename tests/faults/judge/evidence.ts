/** Everything the judge looks at, as plain data: the suite's own book, the sandbox's ledger, the rows. */
export type Evidence = {
  accounts: AccountFacts[];
  sent: SentFacts[];
  replies: ReplyFacts[];
  messages: MessageRow[];
  attempts: AttemptRow[];
  history: HistoryRow[];
  inbound: InboundRow[];
  stream: { head: number; seqs: number[]; sentEvents: string[] };
  ledger: LedgerRow[];
  submissions: Submission[];
  chats: Chat[];
};

/** One chat as the phone has it. */
type Chat = {
  phone: string;
  peer: string;
  /** Both directions, in the order in which the phone shows them. */
  ids: string[];
  /** Written by the other side. */
  got: string[];
  /** Of these, what the person has read. */
  read: string[];
};

type AccountFacts = {
  id: string;
  phone: string;
  device: number;
  companion: number;
  perMinute: number;
  leads: { phone: string; companion: number }[];
};

export type SentFacts = {
  id: string;
  accountId: string;
  lead: string;
  text: string;
  cancelled: boolean;
};
type ReplyFacts = { id: string; accountId: string; from: string };

export type MessageRow = {
  id: string;
  accountId: string;
  conversationId: string;
  seq: number;
  status: string;
  reason: string | null;
  token: string;
  text: string;
};

export type AttemptRow = {
  messageId: string;
  accountId: string;
  no: number;
  state: string;
  token: string;
  fencing: number;
  startedAt: number;
  settledAt: number | null;
  visits: number;
};

export type HistoryRow = { messageId: string; status: string; source: string };
export type InboundRow = { accountId: string; providerId: string };

export type LedgerRow = {
  messageId: string;
  from: string;
  to: string;
  device: number;
  displayed: number;
  undecryptable: number;
  confirmed: boolean;
  textHash: string | null;
};

type Submission = {
  messageId: string;
  from: string;
  fromDevice: number;
  to: string;
  outcome: string;
  at: number;
};

/** One thing that must not be; `what` is for a person, without texts or numbers of people. */
export type Violation = { invariant: string; what: string };
