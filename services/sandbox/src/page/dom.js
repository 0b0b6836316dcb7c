// Everything that comes from a chat reaches the page as text nodes only.

/**
 * The element with this id, which has to be of this class.
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
export function find(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page lacks #${id}`);
}

/** @param {string} id */
export const button = (id) => find(id, HTMLButtonElement);

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | undefined>} [attributes]
 * @param {...(Node | string)} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...content);
  return made;
}

/**
 * A field of a form by its name.
 * @template {Element} E
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {new () => E} type
 * @returns {E}
 */
export function field(form, name, type) {
  const found = form.elements.namedItem(name);
  if (found instanceof type) return found;
  throw new Error(`the form lacks ${name}`);
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Makes the children of `parent` show `items`, in order. A child whose item has not changed stays,
 * so that focus, pictures and scroll positions do, too.
 * @template I
 * @param {Element} parent
 * @param {readonly I[]} items
 * @param {{ key: (item: I) => string, render: (item: I) => HTMLElement, depends?: (item: I) => unknown }} how
 */
export function reconcile(parent, items, { key, render, depends = (item) => item }) {
  const known = new Map(
    [...parent.children].map((child) => [child.getAttribute("data-key"), child]),
  );
  const focused = focusPath(parent);
  const children = items.map((item) => {
    const name = key(item);
    const state = JSON.stringify(depends(item));
    const before = known.get(name);
    if (before !== undefined && drawn.get(before) === state) return before;
    const made = render(item);
    made.setAttribute("data-key", name);
    drawn.set(made, state);
    return made;
  });
  if (children.some((child, index) => child !== parent.children[index])) {
    for (const [index, child] of children.entries()) {
      if (parent.children[index] !== child)
        parent.insertBefore(child, parent.children[index] ?? null);
    }
  }
  while (parent.children.length > children.length) parent.lastElementChild?.remove();
  if (focused !== undefined) refocus(parent, focused);
}

/**
 * Which child holds the focus, and which of its buttons.
 * @param {Element} parent
 */
function focusPath(parent) {
  const active = document.activeElement;
  const child = [...parent.children].find((each) => active !== null && each.contains(active));
  if (child === undefined || active === null) return undefined;
  const index = [...child.querySelectorAll("button, input, a")].indexOf(active);
  return { key: child.getAttribute("data-key"), index };
}

/**
 * @param {Element} parent
 * @param {{ key: string | null, index: number }} path
 */
function refocus(parent, { key, index }) {
  const child = [...parent.children].find((each) => each.getAttribute("data-key") === key);
  const target = child?.querySelectorAll("button, input, a")[index];
  if (target instanceof HTMLElement && document.activeElement !== target) target.focus();
}

/**
 * Colour and letters of somebody without a picture.
 * @param {Element} place
 * @param {string} name
 */
export function paintAvatar(place, name) {
  const letters = name.split(/\s+/).map((word) => [...word][0] ?? "");
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  place.className = `avatar tint-${sum % 6}`;
  place.replaceChildren(letters.slice(0, 2).join("").toUpperCase());
}

/** Up and down move between the rows of a list, as in any chat program. */
export function moveWithArrows(/** @type {HTMLElement} */ list) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...list.querySelectorAll("button.row")];
    const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
    const next = step === undefined || at === -1 ? undefined : rows[at + step];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  });
}
