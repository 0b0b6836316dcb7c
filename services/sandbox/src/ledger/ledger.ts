import type { LedgerRow, Submission } from "../api/ledger.ts";
import { bounds, setBounded } from "../bounded.ts";

type Arrival = { messageId: string; from: string; to: string; device: number };

/** The oracle of every delivery test: what one device of one phone got of one message. */
export type Ledger = {
  /** A decrypted message reached a phone. */
  arrived(arrival: Arrival & { displayed: boolean; textHash: string | null }): void;
  /** A stanza went to a companion (encrypted for it, so nothing else is known here). */
  pushed(arrival: Arrival): void;
  undecryptable(arrival: Omit<Arrival, "from"> & { from?: string }): void;
  confirmed(messageId: string, to: string, device: number): void;
  submitted(submission: Omit<Submission, "at">): void;
  rows(filter?: { phone?: string | undefined; from?: string | undefined }): LedgerRow[];
  submissions(filter?: { from?: string | undefined }): Submission[];
  dump(): { rows: LedgerRow[]; submissions: Submission[] };
  restore(dump: { rows: LedgerRow[]; submissions: Submission[] }): void;
  size(): number;
  clear(): void;
};

const keyOf = (messageId: string, to: string, device: number): string =>
  `${messageId}/${to}/${device}`;

export function createLedger(changed: () => void): Ledger {
  const rows = new Map<string, LedgerRow>();
  let submissions: Submission[] = [];
  const touch = (arrival: Arrival): LedgerRow => {
    const at = new Date().toISOString();
    const key = keyOf(arrival.messageId, arrival.to, arrival.device);
    const row = rows.get(key) ?? emptyRow(arrival, at);
    if (row.from === "") row.from = arrival.from;
    row.lastAt = at;
    setBounded(rows, key, row, bounds.ledgerRows);
    changed();
    return row;
  };
  return {
    arrived: ({ displayed, textHash, ...arrival }) => {
      const row = touch(arrival);
      row.copies += 1;
      row.displayed += displayed ? 1 : 0;
      row.textHash = textHash ?? row.textHash;
    },
    pushed: (arrival) => {
      touch(arrival).copies += 1;
    },
    undecryptable: ({ from = "", ...arrival }) => {
      touch({ from, ...arrival }).undecryptable += 1;
    },
    confirmed: (messageId, to, device) => {
      const row = rows.get(keyOf(messageId, to, device));
      if (row !== undefined) row.confirmed = true;
      changed();
    },
    submitted: (submission) => {
      submissions.push({ ...submission, at: new Date().toISOString() });
      if (submissions.length > bounds.ledgerRows * 1.1)
        submissions = submissions.slice(-bounds.ledgerRows);
      changed();
    },
    rows: ({ phone, from } = {}) =>
      [...rows.values()].filter(
        (row) =>
          (phone === undefined || row.to === phone) && (from === undefined || row.from === from),
      ),
    submissions: ({ from } = {}) =>
      submissions.filter((entry) => from === undefined || entry.from === from),
    dump: () => ({ rows: [...rows.values()], submissions }),
    restore: (dump) => {
      for (const row of dump.rows) rows.set(keyOf(row.messageId, row.to, row.device), row);
      submissions = [...dump.submissions];
    },
    size: () => rows.size,
    clear: () => {
      rows.clear();
      submissions = [];
      changed();
    },
  };
}

const emptyRow = (arrival: Arrival, at: string): LedgerRow => ({
  messageId: arrival.messageId,
  from: arrival.from,
  to: arrival.to,
  device: arrival.device,
  copies: 0,
  displayed: 0,
  undecryptable: 0,
  confirmed: false,
  firstAt: at,
  lastAt: at,
  textHash: null,
});
