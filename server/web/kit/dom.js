// Owns: making elements. Data enters the document as text or as a checked attribute only.
// Never: HTML from a string, inline styles, inline handlers. Next: icons.js.

/** @typedef {Node|string|number|null|undefined|false} Child */

/**
 * Makes an element. `true` makes an empty attribute; `false`, `null` and `undefined` make none.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|number|boolean|null|undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...kept(children));
  return node;
}

/**
 * Sets or removes an attribute, and touches nothing when it already has that value.
 * @param {Element} node
 * @param {string} name
 * @param {string|number|boolean|null|undefined} value
 */
export function setAttribute(node, name, value) {
  if (name === "style" || name.startsWith("on")) throw new TypeError(name);
  if (value === false || value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/**
 * Sets an element's text, and touches nothing when it already says so.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Text runs as the server sends them; a run that matched becomes a `mark`.
 * @param {import("./types.js").Run[]} runs
 * @returns {DocumentFragment}
 */
export function runs(runs) {
  const all = document.createDocumentFragment();
  for (const run of runs) all.append(run.mark ? make("mark", {}, run.text) : run.text);
  return all;
}

/**
 * A name or a pupil's words, kept apart from the writing direction of the sentence around it.
 * @param {string} text
 */
export function apart(text) {
  return make("bdi", {}, text);
}

/**
 * Words for a screen reader only.
 * @param {string} text
 */
export function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

/**
 * @param {Child[]} children
 * @returns {(Node|string)[]}
 */
function kept(children) {
  const all = [];
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    all.push(typeof child === "number" ? String(child) : child);
  }
  return all;
}
