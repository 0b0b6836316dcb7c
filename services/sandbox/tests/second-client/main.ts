// A client of its own process that knows nothing of the sandbox but its address: it pins what the
// control API publishes, checks every signature, and keeps its keys in files of the library's own kind.
// Usage: node main.ts URL FOLDER LEAD [ROOT_KEY_HEX]; it writes one JSON object a line.
import { createHash } from "node:crypto";
import { Agent } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { verifySignature } from "libsignal/src/curve.js";
import {
  Curve,
  downloadMediaMessage,
  generateSignalPubKey,
  makeWASocket,
  useMultiFileAuthState,
  WA_CERT_DETAILS,
  type WAMessage,
} from "@whiskeysockets/baileys";
import { pino } from "pino";
import { z } from "zod";
import { silenceLibsignal } from "../../src/silence-libsignal.ts";

silenceLibsignal();
const [url = "", folder = "", lead = "", otherRoot] = process.argv.slice(2);
const tell = (event: string, more: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
};

const published = z.object({ wireUrl: z.url(), rootKeyHex: z.hex(), mediaCaPem: z.string() });
const info = published.parse(await (await fetch(`${url}/api/info`)).json());
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(otherRoot ?? info.rootKeyHex, "hex");
setDefaultCACertificates([...getCACertificates(), info.mediaCaPem]);
// The library's own drops libsignal's verdict; see the wire notes on pinning.
Curve.verify = (key, message, signature) =>
  verifySignature(generateSignalPubKey(key), Buffer.from(message), Buffer.from(signature));

const { state, saveCreds } = await useMultiFileAuthState(folder);
const recipient = `${lead}@s.whatsapp.net`;

function connect(): void {
  const sock = makeWASocket({
    auth: state,
    waWebSocketUrl: info.wireUrl,
    logger: pino({ level: "silent" }),
    fetchAgent: new Agent({ ca: info.mediaCaPem }),
  });
  sock.ev.on("creds.update", () => void saveCreds());
  sock.ev.on("connection.update", ({ qr, connection, lastDisconnect }) => {
    if (qr !== undefined) tell("qr", { qr });
    if (connection === "open") {
      tell("open");
      void speak(sock);
    }
    if (connection === "close") end(lastDisconnect?.error);
  });
  sock.ev.on("messages.upsert", ({ messages }) => {
    for (const message of messages) {
      if (message.key.fromMe !== true && message.message?.imageMessage) void receive(message);
    }
  });
}

/** After the pairing the server asks for a new connection. */
function end(error: (Error & { output?: { statusCode: number } }) | undefined): void {
  const code = error?.output?.statusCode ?? 0;
  tell("closed", { code, reason: error?.message });
  if (code === 515) connect();
  else process.exit(1);
}

async function speak(sock: ReturnType<typeof makeWASocket>): Promise<void> {
  await sock.sendMessage(recipient, { text: "from the second client" });
  const image = Buffer.from("a picture of the second client");
  await sock.sendMessage(recipient, { image, jpegThumbnail: "", mimetype: "image/png" });
}

async function receive(message: WAMessage): Promise<void> {
  const bytes = await downloadMediaMessage(message, "buffer", {});
  tell("image", { sha256: createHash("sha256").update(bytes).digest("hex") });
  process.exit(0);
}

connect();
