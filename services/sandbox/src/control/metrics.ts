import type { World } from "../world.ts";

type Metric = { name: string; help: string; type: "gauge" | "counter"; value: number };

/** The sandbox's own state in the Prometheus text format. */
export function renderMetrics(world: World): string {
  return measure(world)
    .map(({ name, help, type, value }) => {
      const full = `whatsapp_sandbox_${name}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full} ${value}\n`;
    })
    .join("");
}

function measure(world: World): Metric[] {
  const accounts = [...world.accounts.values()];
  const companions = accounts.flatMap((account) =>
    [...account.devices.values()].filter((device) => device.id !== 0),
  );
  const pending = companions.reduce((sum, device) => sum + device.pending.size, 0);
  const connected = companions.filter((device) => device.conn?.active === true).length;
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: "gauge",
    value,
  });
  return [
    gauge("phones", "Emulated phones.", accounts.length),
    gauge("linked_devices", "Companions linked to a phone.", companions.length),
    gauge("connected_devices", "Companions with an active socket.", connected),
    gauge("pending_stanzas", "Stanzas kept until a companion answers.", pending),
    gauge("ledger_rows", "Rows in the delivery ledger.", world.ledger.rows().length),
    gauge("media_bytes", "Encrypted media held.", world.media.bytes()),
    gauge("faults", "Faults that wait.", world.faults.list().length),
    {
      name: "events_total",
      help: "Events so far.",
      type: "counter",
      value: world.events.lastSeq(),
    },
  ];
}
