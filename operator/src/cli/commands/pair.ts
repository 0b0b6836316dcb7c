import { getPairingRoute, startPairingRoute, type Pairing } from "@rarity/contracts/accounts";
import qrcode from "qrcode";
import { findAccount } from "../find-account.ts";
import { pollUntil } from "../poll-until.ts";
import { CliError, usageExit, type PlatformApi } from "../ports.ts";
import { namespaceOf, onlyArgument, type Command, type Session } from "../session.ts";

const usage = "pair NAME [--method QR|Code] [--phone NUMBER] [--plain]";
const pollMs = 1000;

/** Shows the QR, and every new one, until the phone has scanned it. */
export const pair: Command = {
  usage,
  about: "link a phone: the QR in the terminal, or a code to type into the phone",
  run: async (session, args) => {
    const account = await findAccount(
      session.objects,
      namespaceOf(session),
      onlyArgument(args, usage),
    );
    const name = `${account.kind}/${account.metadata.name}`;
    const id = account.status?.accountId;
    if (id === undefined) {
      throw new CliError(`${name} has no id yet: kubectl rarity why ${name}`);
    }
    const api = await session.api();
    const before = await api.call(getPairingRoute, { params: { id } });
    if (before.state === "paired") {
      session.output.print(`${name} is paired already.`);
      return 0;
    }
    await api.call(startPairingRoute, { params: { id }, body: pairingBody(session) });
    session.output.note(`asked for a pairing of ${name}; its pod may have to start first ...`);
    const end = await follow(session, api, id);
    if (end?.state === "paired") {
      session.output.print(`${name} is paired.`);
      return 0;
    }
    const why = end?.reason ?? (session.signal.aborted ? "stopped" : "nobody scanned it in time");
    throw new CliError(
      `${name} was not paired: ${why}. Try again, or ask: kubectl rarity why ${name}`,
    );
  },
};

const pairingBody = ({ options }: Session): { method: "QR" | "Code"; phone?: string } => {
  if (options.method === "QR") return { method: "QR" };
  if (options.phone === undefined) {
    throw new CliError("pairing by code needs --phone, as +14155550100", usageExit);
  }
  return { method: "Code", phone: options.phone };
};

/** Prints each new QR or code; answers the pairing once it is over, or undefined at the time limit. */
const follow = async (
  { options, output, signal }: Session,
  api: PlatformApi,
  id: string,
): Promise<Pairing | undefined> => {
  let shown = "";
  const step = async (): Promise<Pairing | undefined> => {
    const pairing = await api.call(getPairingRoute, { params: { id } });
    const secret = pairing.qr ?? pairing.code ?? "";
    if (secret !== "" && secret !== shown) {
      shown = secret;
      output.print(await draw(pairing, options.plain));
    }
    return ["paired", "failed"].includes(pairing.state) ? pairing : undefined;
  };
  return pollUntil(step, { timeoutMs: options.timeoutMs, intervalMs: pollMs, signal });
};

const draw = async ({ qr, code }: Pairing, plain: boolean): Promise<string> => {
  if (qr === null) return `Type this code into the phone: ${code ?? ""}`;
  if (plain) return qr;
  const picture = await qrcode.toString(qr, { type: "utf8", errorCorrectionLevel: "L" });
  return `${picture}\nOn the phone: Settings, Linked devices, Link a device. A new picture follows when this one expires.`;
};
