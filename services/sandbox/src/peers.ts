type PeerRow = { server: "wire" | "media"; address: string; connections: number };

/** The addresses clients came from: what a provider sees of somebody behind a proxy. */
export type Peers = {
  note(server: PeerRow["server"], address: string | undefined): void;
  list(): PeerRow[];
  clear(): void;
};

const peersMax = 1000;

export function createPeers(): Peers {
  const rows = new Map<string, PeerRow>();
  return {
    note: (server, address = "unknown") => {
      const key = `${server} ${address}`;
      const row = rows.get(key);
      if (row !== undefined) row.connections += 1;
      else if (rows.size < peersMax) rows.set(key, { server, address, connections: 1 });
    },
    list: () => [...rows.values()],
    clear: () => rows.clear(),
  };
}
