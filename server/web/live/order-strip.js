// Owns: the consignes of the room, as every adult sees them: what waits or holds, until when, who has done it, who refused and why.
// Hooks: [data-order][data-kind="lock"]; each group of receipts is [data-receipt="refused"]; data-do="release-order", "orders-more".
// Never: working out what became of a seat; the card says so. Next: seat-acts.js, which asks.
import { act, answerPlace, button } from "../kit/act.js";
import { command } from "../kit/api.js";
import { countdownWords, timeWords } from "../kit/clock.js";
import { make, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { mintCommandId } from "../kit/id.js";
import { commandOrder } from "../kit/picture.js";
import { lang, t } from "../kit/texts.js";

/** @typedef {import("../kit/types.js").Card} Card */
/** @typedef {import("../kit/types.js").OrderCard} OrderCard */

const SHAPES = { pending: "pending", done: "yes", refused: "no", expired: "no", ended: "yes" };

class OrderStrip extends HTMLElement {
  room = "";
  /** @type {Map<string, OrderLine>} */
  #lines = new Map();
  #list = make("div", { class: "orders", role: "list" });
  #head = make("summary", { "data-do": "orders" });
  #part = make("details", {}, this.#head, this.#list);
  #answer = answerPlace();

  connectedCallback() {
    if (this.firstChild) return;
    this.hidden = true;
    this.append(this.#part, this.#answer);
  }

  /**
   * @param {Map<string, Card>} cards
   * @param {number} now_ms
   */
  show(cards, now_ms) {
    const keys = commandOrder(cards);
    for (const [key, line] of this.#lines) {
      if (cards.has(key)) continue;
      line.node.remove();
      this.#lines.delete(key);
    }
    let open = 0;
    keys.forEach((key, at) => {
      const card = cards.get(key);
      if (card?.card !== "order") return;
      const line = this.#lines.get(key) ?? new OrderLine(this.room, this.#answer);
      this.#lines.set(key, line);
      line.show(card, now_ms);
      if (card.until_ms !== null) open += 1;
      if (this.#list.children[at] !== line.node) this.#list.insertBefore(line.node, this.#list.children[at] ?? null);
    });
    this.hidden = keys.length === 0;
    setText(this.#head, open === 0 ? t("web-orders-over") : `${t("web-orders-open")} · ${open}`);
    this.classList.toggle("open", open > 0);
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    for (const line of this.#lines.values()) line.tick(now_ms);
  }
}
customElements.define("order-strip", OrderStrip);

export { OrderStrip };

/** One consigne. */
class OrderLine {
  node;
  /** @type {OrderCard|null} */
  #card = null;
  #said = "";
  #words = make("p", { class: "words", dir: "auto" });
  #when = make("p", { class: "more" });
  #receipts = make("ul", { class: "groups" });
  #release = button(t("web-release"), { do: "release-order" });

  /**
   * @param {string} room
   * @param {HTMLElement} place
   */
  constructor(room, place) {
    const id = mintCommandId();
    this.#release.addEventListener("click", () => {
      const card = this.#card;
      if (!card) return;
      void act(this.#release, place, () =>
        command(room, id, { seats: card.releasable ?? [] }, { do: "release", command: card.command }, 60_000),
      );
    });
    this.node = make("div", { class: "order", role: "listitem" }, make("div", {}, this.#words, this.#when, this.#receipts), this.#release);
  }

  /**
   * @param {OrderCard} card
   * @param {number} now_ms
   */
  show(card, now_ms) {
    const said = JSON.stringify(card);
    if (said !== this.#said) {
      this.#said = said;
      this.#card = card;
      this.node.dataset.order = card.command;
      this.node.dataset.kind = card.kind;
      setText(this.#words, card.words);
      this.#receipts.replaceChildren(
        ...card.receipts.map((group) =>
          make(
            "li",
            { "data-receipt": group.state },
            icon(SHAPES[/** @type {keyof typeof SHAPES} */ (group.state)] ?? "pending"),
            make("span", {}, `${group.words} : ${t("web-seats-short")} ${group.seats.join(", ")}`),
          ),
        ),
      );
      this.#release.hidden = (card.releasable ?? []).length === 0;
    }
    this.tick(now_ms);
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    const card = this.#card;
    if (!card) return;
    const left = card.until_ms === null ? 0 : card.until_ms - now_ms;
    const until = left > 0 ? ` · ${t("web-still")} ${countdownWords(left)}` : "";
    setText(this.#when, `${timeWords(card.at_ms, lang())} · ${card.by}${until}`);
  }
}
