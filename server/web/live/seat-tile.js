// Owns: one tile of the plan: name, what is in front, and only what needs an adult. Hook: [data-seat="4"][data-state="hand"].
// Never: deciding a state; and a tile whose card did not change is not touched. Next: seat-plan.js.
import { minutesSince, minuteWords } from "../kit/clock.js";
import { make, setAttribute, setText } from "../kit/dom.js";
import { draw, icon } from "../kit/icons.js";
import { lang, t } from "../kit/texts.js";

/** States that a quiet tile does not name again: its own words say them. */
const QUIET = new Set(["work"]);

/** A tile. */
export class SeatTile {
  /** @type {import("../kit/types.js").SeatCard|null} */
  card = null;
  node;
  #said = "";
  #who = make("bdi");
  #front = make("span", { class: "front" });
  #shape = icon("");
  #words = make("span", { class: "words" });
  #state = make("span", { class: "unseen" });
  #tag;
  #note = make("span", { class: "note" });

  /** @param {number} seat */
  constructor(seat) {
    this.#tag = make("span", { class: "tag" }, this.#shape, this.#state, this.#words);
    this.node = make(
      "button",
      { type: "button", class: "seat", "data-seat": seat, "data-do": "sheet", tabindex: -1, "aria-expanded": "false" },
      make("span", { class: "n" }, make("span", { class: "unseen" }, `${t("web-seat")} `), seat),
      make("b", { class: "who" }, this.#who),
      this.#front,
      this.#note,
      this.#tag,
    );
  }

  /**
   * @param {import("../kit/types.js").SeatCard} card
   * @param {number} now_ms
   */
  show(card, now_ms) {
    const said = JSON.stringify(card);
    if (said !== this.#said) {
      this.#said = said;
      this.card = card;
      setAttribute(this.node, "data-state", card.state);
      setAttribute(this.node, "data-reachable", card.reachable ? "yes" : "no");
      setText(this.#who, card.who);
      setText(this.#front, card.front);
      setText(this.#note, card.note);
      this.#note.hidden = card.note === "";
      this.#tag.hidden = QUIET.has(card.state);
      draw(this.#shape, card.state);
    }
    this.tick(now_ms);
  }

  /**
   * Minutes waited are counted here; every other word comes with the card.
   * @param {number} now_ms
   */
  tick(now_ms) {
    const { card } = this;
    if (card === null) return;
    const words = tagWords(card, now_ms);
    setText(this.#words, words);
    // The state is said before its tag unless the tag already says it.
    setText(this.#state, QUIET.has(card.state) || words === card.state_words ? "" : `${card.state_words} `);
  }

  /** @param {boolean} open */
  set open(open) {
    setAttribute(this.node, "aria-expanded", String(open));
  }
}

/**
 * @param {import("../kit/types.js").SeatCard} card
 * @param {number} now_ms
 */
function tagWords(card, now_ms) {
  if (card.tag !== "") return card.tag;
  if (card.state !== "hand" || card.since_ms === null || now_ms === 0) return card.state_words;
  const waited = minutesSince(card.since_ms, now_ms);
  return waited < 1 ? `< ${minuteWords(1, lang())}` : minuteWords(waited, lang());
}
