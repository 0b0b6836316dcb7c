/** What people wrote or keep secret in one run, by what it is. */
export type Canaries = Readonly<Record<string, string>>;

const contextChars = 120;

/** As it is, and as it would look in a URL, in a header or in bytes. */
const forms: Record<string, (value: string) => string> = {
  plain: (value) => value,
  "in a URL": encodeURIComponent,
  "in JSON": (value) => JSON.stringify(value).slice(1, -1),
  "in base64": (value) => Buffer.from(value).toString("base64").replace(/=+$/, ""),
  "in base64url": (value) => Buffer.from(value).toString("base64url"),
  "in hex": (value) => Buffer.from(value).toString("hex"),
};

/** Which of them stand in a text, each with what stands before it. */
export function leaksIn(text: string, canaries: Canaries): string[] {
  return Object.entries(canaries).flatMap(([name, value]) => {
    const found = Object.entries(forms).find(([, form]) => text.includes(form(value)));
    if (found === undefined) return [];
    const [how, form] = found;
    const at = text.indexOf(form(value));
    return [`${name} ${how} after ...${text.slice(Math.max(0, at - contextChars), at)}`];
  });
}

/** A token is a secret as a whole, and so is the part nobody can make up. */
export function tokenCanaries(name: string, token: string): Canaries {
  return { [name]: token, [`signature of ${name}`]: token.split(".").at(-1) ?? token };
}
