/** A stand-in for a channel process in tests: it answers its probes until SIGTERM. */
export const tinyChannel = `
const server = require("node:http").createServer((request, response) => response.end("ok"));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
console.log(JSON.stringify({ account: process.env.ACCOUNT_ID, extra: process.env.CHANNEL_EXTRA }));
`;
