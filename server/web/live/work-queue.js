// Owns: the queue, in the server's order. While a finger may be on it nothing moves: what is settled stays as a shadow, what is new
// waits behind "n nouvelles" unless it goes to the end. Hooks: data-do="show-new", [data-item="item/alert/31"].
// data-do="walk" (seat by seat, for an adult who walks), "undo". Never: another order than the server's, save seat by seat when asked for. Next: queue-item.js.
import { act, answerPlace, button } from "../kit/act.js";
import { ask, roomPath } from "../kit/api.js";
import { make, setText } from "../kit/dom.js";
import { queueOrder, walkOrder } from "../kit/picture.js";
import { showPills } from "../kit/pills.js";
import { Steady } from "../kit/steady.js";
import { counted, t } from "../kit/texts.js";
import { QueueItem } from "./queue-item.js";

/** @typedef {import("../kit/types.js").Card} Card */

/** How long what was done can be taken back. */
const UNDO_MS = 10_000;

class WorkQueue extends HTMLElement {
  room = "";
  /** @type {Map<string, QueueItem>} */
  #items = new Map();
  /** @type {Map<string, Card>} */
  #cards = new Map();
  #now_ms = 0;
  #pills = make("ul", { class: "pills", "aria-label": t("web-waiting") });
  #list = make("div", { class: "items", role: "list" });
  #empty = make(
    "div",
    { class: "empty", hidden: true },
    make("p", {}, t("web-queue-empty")),
    make("p", { class: "more" }, t("web-queue-empty-more")),
  );
  #fresh = make("button", { type: "button", class: "fresh", "data-do": "show-new", hidden: true });
  #walk = button(t("web-walk"), { class: "quiet", do: "walk" });
  #walking = false;
  #undo = make("div", { class: "undo", role: "status" });
  #steady = new Steady(this, () => this.#settle());

  connectedCallback() {
    this.#walk.addEventListener("click", () => {
      this.#walking = !this.#walking;
      this.#sayWalking();
      this.#arrange();
    });
    this.#sayWalking();
    this.addEventListener("dealt", (event) => this.#offerUndo(/** @type {CustomEvent} */ (event).detail));
    this.replaceChildren(
      make("header", {}, make("h2", { id: "queue-title" }, t("web-queue")), this.#walk, this.#pills),
      this.#undo,
      this.#fresh,
      make("div", { class: "scroll" }, this.#list, this.#empty),
    );
    this.#fresh.addEventListener("click", () => {
      this.#arrange();
      const scroll = this.#list.parentElement;
      if (scroll) scroll.scrollTop = 0;
      this.#list.querySelector("button")?.focus();
    });
  }

  #sayWalking() {
    this.#walk.setAttribute("aria-pressed", String(this.#walking));
  }

  /** What was done to an alert can be taken back for a while. @param {{alert: number, what: string, words: string}} done */
  #offerUndo({ alert, what, words }) {
    if (what === "raise") return;
    const place = answerPlace();
    const back = button(t("web-undo"), { do: "undo", name: words });
    back.addEventListener("click", async () => {
      const answer = await act(back, place, () => ask("POST", roomPath(this.room, "alerts", alert, "reopen"), {}));
      if (answer?.ok) this.#undo.replaceChildren();
    });
    const line = make("p", {}, `${t(what === "dismiss" ? "web-dismissed" : "web-acknowledged")} · `, make("bdi", {}, words));
    this.#undo.replaceChildren(line, back, place);
    setTimeout(() => {
      if (this.#undo.contains(line) && !this.#undo.contains(document.activeElement)) this.#undo.replaceChildren();
    }, UNDO_MS);
  }

  #order() {
    return this.#walking ? walkOrder(this.#cards) : queueOrder(this.#cards);
  }

  /**
   * @param {Map<string, Card>} cards
   * @param {number} now_ms
   */
  show(cards, now_ms) {
    this.#cards = cards;
    this.#now_ms = now_ms;
    const bar = cards.get("bar");
    if (bar?.card === "bar") showPills(this.#pills, bar.pills);
    for (const [key, item] of this.#items) {
      const card = cards.get(key);
      if (card?.card === "item") item.show(card, now_ms);
    }
    this.#settle();
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    this.#now_ms = now_ms;
    for (const item of this.#items.values()) item.tick(now_ms);
  }

  #settle() {
    if (this.#steady.busy || this.#writing()) this.#hold();
    else this.#arrange();
  }

  /** Whether an adult is in the middle of an answer. */
  #writing() {
    return this.#list.querySelector("form") !== null;
  }

  /** Changes nothing that stands: the gone become shadows, the last ones are added at the end, the others wait. */
  #hold() {
    const order = this.#order();
    for (const [key, item] of this.#items) item.gone = !this.#cards.has(key);
    let last = -1;
    order.forEach((key, at) => {
      if (this.#items.has(key)) last = at;
    });
    let waiting = 0;
    order.forEach((key, at) => {
      if (this.#items.has(key)) return;
      if (at > last) this.#list.append(this.#make(key));
      else waiting += 1;
    });
    this.#fresh.hidden = waiting === 0;
    if (waiting > 0) setText(this.#fresh, counted("web-new", waiting));
    this.#empty.hidden = this.#items.size > 0;
  }

  /** Puts everything in its place. The entry that has the focus is never taken out of the document. */
  #arrange() {
    const order = this.#order();
    let moved = false;
    for (const [key, item] of this.#items) {
      if (this.#cards.has(key)) item.gone = false;
      else {
        moved = true;
        this.#items.delete(key);
        this.#leave(item);
      }
    }
    const focused = document.activeElement instanceof Element ? document.activeElement.closest("queue-item") : null;
    const wanted = order.map((key) => this.#items.get(key) ?? this.#make(key));
    wanted.forEach((item, at) => {
      const there = this.#list.children[at];
      if (there === item) return;
      if (there) moved = true;
      if (item === focused) while (this.#list.children[at] !== item) this.#list.append(/** @type {Element} */ (this.#list.children[at]));
      else this.#list.insertBefore(item, there ?? null);
    });
    if (moved) this.#steady.moved();
    this.#fresh.hidden = true;
    this.#empty.hidden = this.#items.size > 0;
  }

  /**
   * Takes an entry away; the focus that was on it goes to the one that takes its place.
   * @param {QueueItem} item
   */
  #leave(item) {
    const had = item.contains(document.activeElement);
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    if (!had) return;
    const to = next?.querySelector("button") ?? this.querySelector("h2");
    if (to instanceof HTMLElement) {
      if (to.tagName === "H2") to.tabIndex = -1;
      to.focus();
    }
  }

  /** @param {string} key */
  #make(key) {
    const item = new QueueItem();
    item.room = this.room;
    item.dataset.item = key;
    this.#items.set(key, item);
    const card = this.#cards.get(key);
    if (card?.card === "item") item.show(card, this.#now_ms);
    return item;
  }
}
customElements.define("work-queue", WorkQueue);

export { QueueItem, WorkQueue };
