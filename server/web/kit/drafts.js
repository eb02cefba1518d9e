// Owns: what an adult has typed and not yet sent, by where it goes; it outlives the form, a reconnection and a new login.
// Never: storage beyond the moment of a change of language; a draft about a pupil stays in memory and goes with the page.

const OVER = "drafts-over-reload";

/** What was being written when the page was loaded anew in another language: taken once, and gone from storage at once. */
function takenOver() {
  try {
    const kept = sessionStorage.getItem(OVER);
    sessionStorage.removeItem(OVER);
    return kept === null ? [] : /** @type {[string, string][]} */ (JSON.parse(kept));
  } catch {
    return [];
  }
}

/** @type {Map<string, string>} */
const drafts = new Map(takenOver());

/** Hands what is being written over to the page that is about to be loaded in this one's place. */
export function handOverDrafts() {
  try {
    if (drafts.size > 0) sessionStorage.setItem(OVER, JSON.stringify([...drafts]));
  } catch {
    // Without storage the words are lost with the page, as they were before.
  }
}

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
