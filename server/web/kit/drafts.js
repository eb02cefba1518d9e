// Owns: what an adult has typed and not yet sent, by where it goes; it outlives the form, a reconnection and a new login.
// Never: storage; a draft about a pupil stays in memory and goes with the page.

/** @type {Map<string, string>} */
const drafts = new Map();

/**
 * Fills a field from its draft and keeps the draft up to date.
 * @param {HTMLInputElement|HTMLTextAreaElement} field
 * @param {string} key
 * @param {string} [otherwise] what the field holds when there is no draft
 */
export function keepDraft(field, key, otherwise = "") {
  field.value = drafts.get(key) ?? otherwise;
  field.addEventListener("input", () => drafts.set(key, field.value));
}

/** @param {string} key */
export function dropDraft(key) {
  drafts.delete(key);
}

/** Forgets all of them: the next person at this tablet is another. */
export function dropAllDrafts() {
  drafts.clear();
}
