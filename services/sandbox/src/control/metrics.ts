import { createMetrics, type Metrics } from "@rarity/platform/metrics";
import type { Device } from "../model.ts";
import type { World } from "../world.ts";

/** The sandbox's own state, counted when somebody asks. */
export function createSandboxMetrics(world: World): Metrics {
  const metrics = createMetrics("sandbox");
  for (const [name, help, read] of gauges) {
    metrics.gauge({
      name: `whatsapp_sandbox_${name}`,
      help,
      collect: (gauge) => gauge.set(read(world)),
    });
  }
  return metrics;
}

const companions = (world: World): Device[] =>
  [...world.accounts.values()].flatMap((account) =>
    [...account.devices.values()].filter((device) => device.id !== 0),
  );

const gauges: [string, string, (world: World) => number][] = [
  ["phones", "Emulated phones.", (world) => world.accounts.size],
  ["linked_devices", "Companions linked to a phone.", (world) => companions(world).length],
  [
    "connected_devices",
    "Companions with an active socket.",
    (world) => companions(world).filter((device) => device.conn?.active === true).length,
  ],
  [
    "pending_stanzas",
    "Stanzas kept until a companion answers.",
    (world) => companions(world).reduce((sum, device) => sum + device.pending.size, 0),
  ],
  ["ledger_rows", "Rows in the delivery ledger.", (world) => world.ledger.size()],
  ["media_bytes", "Encrypted media held.", (world) => world.media.bytes()],
  ["faults", "Faults that wait.", (world) => world.faults.list().length],
  ["events", "Number of the newest event.", (world) => world.events.lastSeq()],
];
