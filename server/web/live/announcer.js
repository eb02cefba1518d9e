// Owns: what a screen reader is told: alerts politely, help at once, distress politely and without content.
// Never: what was there already when the room was opened. Next: pages/live-room.js.
import { make } from "../kit/dom.js";
import { t } from "../kit/texts.js";

/** @typedef {import("../kit/types.js").Card} Card */

/** Three live regions. */
export class Announcer {
  #alert = make("p", { "aria-live": "polite", "data-said": "alert" });
  #help = make("p", { "aria-live": "assertive", "data-said": "help" });
  #distress = make("p", { "aria-live": "polite", "data-said": "distress" });
  node = make("div", { class: "unseen" }, this.#help, this.#alert, this.#distress);
  /** @type {Set<string>|null} */
  #known = null;

  /** Says what is new since the last time. @param {Map<string, Card>} cards */
  hear(cards) {
    const known = this.#known;
    const now = new Set();
    /** @type {Record<string, string[]>} */
    const news = { hand: [], alert: [], distress: [] };
    for (const [key, card] of cards) {
      if (card.card !== "item") continue;
      now.add(key);
      if (known === null || known.has(key)) continue;
      if (card.shape === "distress") news.distress?.push(t("web-said-distress"));
      else if (card.shape === "site") news.alert?.push(`${t("web-said-site")} ${card.who}, ${card.place}. ${card.site ?? ""}`);
      else if (card.shape === "hand") news.hand?.push(`${t("web-said-help")} ${card.who}, ${card.place}`);
      else news.alert?.push(`${t(card.shape === "look" ? "web-said-look" : "web-said-alert")} ${card.who}, ${card.place}. ${card.why}`);
    }
    this.#known = now;
    say(this.#help, news.hand ?? []);
    say(this.#alert, news.alert ?? []);
    say(this.#distress, [...new Set(news.distress)]);
  }

  /** The next picture is another session's: what it holds is not news. */
  forget() {
    this.#known = null;
  }
}

/**
 * @param {HTMLElement} region
 * @param {string[]} lines
 */
function say(region, lines) {
  if (lines.length > 0) region.replaceChildren(...lines.slice(0, 3).map((line) => make("span", {}, `${line}. `)));
}
