// Everything that comes from a chat reaches the page as text nodes only.
const find = (id) => document.getElementById(id);
const state = { phone: undefined, peer: undefined, phones: [] };

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.append(document.createTextNode(text));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

async function call(method, path, body) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) throw new Error(answer?.error?.message ?? `HTTP ${response.status}`);
  return answer;
}

/** Runs what a person asked for and says how it went. */
async function act(task, done) {
  try {
    await task();
    find("notice").textContent = done;
  } catch (error) {
    find("notice").textContent = error.message;
  }
  await refresh();
}

const phonePath = (rest = "") => `/api/phones/${state.phone}${rest}`;

function pressable(text, pressed, onClick) {
  const button = element("button", text, { type: "button", "aria-pressed": String(pressed) });
  button.addEventListener("click", onClick);
  const item = element("li");
  item.append(button);
  return item;
}

function showPhones() {
  const items = state.phones.map(({ phone, name }) =>
    pressable(`${name} (${phone})`, phone === state.phone, () => {
      state.phone = phone;
      state.peer = undefined;
      void refresh();
    }),
  );
  find("phones").replaceChildren(...items);
}

function showPhone(phone) {
  find("phone").hidden = false;
  find("title").textContent = `${phone.name} (${phone.phone})`;
  const linked = phone.devices.filter(({ id }) => id !== 0);
  const shown = linked.map(({ id, connected }) => `${id} ${connected ? "connected" : "away"}`);
  find("devices").textContent = `Linked devices: ${shown.join(", ") || "none"}`;
  for (const input of find("settings").elements) input.checked = phone.settings[input.name];
  const chats = phone.chats.map((peer) =>
    pressable(peer, peer === state.peer, () => {
      state.peer = peer;
      find("write").elements.to.value = peer;
      void refresh();
    }),
  );
  find("chats").replaceChildren(...chats);
}

function describe(message) {
  if (message.revoked) return "(deleted)";
  if (message.reaction) return `reacted ${message.reaction.emoji}`;
  if (message.media) return `[${message.kind}] ${message.text ?? message.media.fileName ?? ""}`;
  return message.text ?? `(${message.kind})`;
}

function showMessage(message) {
  const item = element("li", describe(message), { class: message.fromMe ? "mine" : "theirs" });
  if (message.media) {
    const href = phonePath(`/media/${encodeURIComponent(message.id)}`);
    item.append(" ", element("a", "file", { href, download: message.media.fileName ?? "" }));
  }
  const mark = message.fromMe ? message.status : message.read ? "read" : "new";
  const edited = message.edited ? " · edited" : "";
  item.append(element("small", `${message.at.slice(11, 19)} · ${mark}${edited}`));
  return item;
}

async function refresh() {
  state.phones = (await call("GET", "/api/phones")).data;
  if (!state.phones.some(({ phone }) => phone === state.phone)) {
    state.phone = state.phones[0]?.phone;
    state.peer = undefined;
  }
  showPhones();
  const phone = state.phones.find((known) => known.phone === state.phone);
  find("phone").hidden = phone === undefined;
  if (phone === undefined) return;
  showPhone(phone);
  if (state.peer === undefined) {
    find("messages").replaceChildren();
    return;
  }
  const { data } = await call("GET", phonePath(`/chats/${state.peer}/messages`));
  find("messages").replaceChildren(...data.map(showMessage));
  find("messages").scrollTop = find("messages").scrollHeight;
}

function onSubmit(id, task, done) {
  find(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const values = Object.fromEntries(new FormData(form));
    void act(async () => {
      await task(values);
      for (const input of form.querySelectorAll("input:not([name=to])")) input.value = "";
    }, done);
  });
}

onSubmit("new-phone", (values) => call("POST", "/api/phones", values), "Phone added");
onSubmit("scan", (values) => call("POST", phonePath("/scan"), values), "Device linked");
onSubmit("code", (values) => call("POST", phonePath("/enter-code"), values), "Device linked");
onSubmit(
  "write",
  async ({ to, text }) => {
    await call("POST", phonePath("/send"), { to, text });
    state.peer = to;
  },
  "Sent",
);
find("settings").addEventListener("change", ({ target }) => {
  void act(() => call("PATCH", phonePath(), { [target.name]: target.checked }), "Changed");
});
find("read").addEventListener("click", () => {
  const chat = find("write").elements.to.value;
  void act(() => call("POST", phonePath("/read"), { chat }), "Read");
});

/** Waits for news instead of asking all the time; starts over when the sandbox is away. */
async function follow() {
  let after = (await call("GET", "/api/events?after=0")).last;
  await refresh();
  for (;;) {
    const { last } = await call("GET", `/api/events?after=${after}&wait=25`);
    if (last !== after) await refresh();
    after = last;
  }
}

for (;;) {
  await follow().catch((error) => {
    find("notice").textContent = `No answer from the sandbox: ${error.message}`;
  });
  await new Promise((resolve) => setTimeout(resolve, 2000));
}
