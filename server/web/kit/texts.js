// Owns: the fixed words of the pages, as the server resolved them from its catalogues, and the reader's language.
// Never: a sentence of its own; a missing word shows its key. Next: server/text/fr/web.ftl.

import { tellZone } from "./clock.js";
import { handOverDrafts } from "./drafts.js";

/** @type {Record<string, string>} */
let words = {};
let plural = new Intl.PluralRules("fr");

/** The language in which the page speaks. */
export function lang() {
  return document.documentElement.lang || "fr";
}

/** Fetches the words once; false when the server did not answer. */
export async function loadTexts() {
  try {
    const answer = await fetch("/api/v1/texts", { headers: { accept: "application/json" } });
    if (!answer.ok) return false;
    const chosen = answer.headers.get("content-language");
    words = await answer.json();
    tellZone(words["web-zone"] ?? "");
    document.documentElement.lang = chosen ?? words["web-lang"] ?? "fr";
    plural = new Intl.PluralRules(lang());
    return true;
  } catch {
    return false;
  }
}

/**
 * The word of a key.
 * @param {string} key
 */
export function t(key) {
  return words[key] ?? key;
}

/**
 * A count in words: `counted("web-present", 22)` takes `web-present-one` or `web-present-other`.
 * @param {string} key
 * @param {number} count
 */
export function counted(key, count) {
  const form = plural.select(count) === "one" ? "one" : "other";
  return `${count.toLocaleString(lang())} ${t(`${key}-${form}`)}`;
}

/**
 * Remembers the reader's choice for a year and loads the page anew in that language.
 * @param {string} chosen
 */
export function speak(chosen) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on older tablets.
  document.cookie = `lang=${chosen}; path=/; max-age=31536000; samesite=lax`;
  handOverDrafts();
  location.reload();
}
