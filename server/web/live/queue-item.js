// Owns: one entry of the queue: who, where, since when, what matched and why, and what can be done about it.
// Hooks: [data-item="item/alert/31"][data-shape="alert"]; in it data-do="take", "helped", "answer", "remind", "message", "acknowledge",
// "dismiss" then "dismiss-yes" or "cancel", "read" (distress), "sheet" (data-seat). The evidence is a <mark>; the answer is .answer.
// Never: what a card means. A change of words does not touch an open form. Next: kit/composer.js.
import { act, answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask, command, roomPath } from "../kit/api.js";
import { minutesSince, minuteWords, timeWords } from "../kit/clock.js";
import { composer, MESSAGE_HOLDS_MS, Taps } from "../kit/composer.js";
import { make, runs, setAttribute, setText } from "../kit/dom.js";
import { draw, icon } from "../kit/icons.js";
import { followReceipts } from "../kit/receipts.js";
import { lang, t } from "../kit/texts.js";

/** Words of distress are covered again after so long. */
const READ_MS = 60_000;
/** A second tap this soon after the buttons have changed was meant for the first. */
const AIM_MS = 350;

class QueueItem extends HTMLElement {
  room = "";
  /** @type {import("../kit/types.js").ItemCard|null} */
  card = null;
  #said = "";
  #taps = new Taps();
  #who = make("bdi");
  #place = make("span", { class: "place" });
  #since = make("time");
  #shape = icon("");
  #taken = make("p", { class: "taken" });
  #words = make("p", { class: "words", dir: "auto" });
  #why = make("p", { class: "why" });
  #contested = make("p", { class: "contested" });
  #foot = make("div", { class: "buttons" });
  #form = make("div", { class: "form" });
  #answer = answerPlace();
  #footSaid = "";
  #asking = false;
  #reading = false;
  #turned = Number.NEGATIVE_INFINITY;
  #gone = false;

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute("role", "listitem");
    this.append(
      this.#shape,
      make(
        "div",
        { class: "body" },
        make("h3", {}, this.#who, " ", make("small", {}, this.#place, this.#since)),
        this.#taken,
        this.#words,
        this.#why,
        this.#contested,
        this.#foot,
        this.#form,
        this.#answer,
      ),
    );
  }

  /** Settled, but left standing because a finger may be here. @param {boolean} gone */
  set gone(gone) {
    if (gone === this.#gone) return;
    this.#gone = gone;
    this.classList.toggle("gone", gone);
    this.#foot.inert = gone;
    if (gone && this.#answer.textContent === "") sayAnswer(this.#answer, t("web-settled"), "yes");
    if (!gone && this.#answer.textContent === t("web-settled")) sayAnswer(this.#answer, "", "yes");
  }

  /**
   * @param {import("../kit/types.js").ItemCard} card
   * @param {number} now_ms
   */
  show(card, now_ms) {
    const said = JSON.stringify(card);
    if (said !== this.#said) {
      this.#said = said;
      this.card = card;
      this.className = `item ${card.shape}${this.#gone ? " gone" : ""}`;
      this.classList.toggle("is-taken", card.taken !== "" && !card.mine);
      setAttribute(this, "data-shape", card.shape);
      draw(this.#shape, card.shape);
      setText(this.#who, card.who);
      setText(this.#taken, card.taken);
      setText(this.#contested, card.contested);
      this.#showWords();
      this.#showFoot();
    }
    this.tick(now_ms);
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    const { card } = this;
    if (card === null) return;
    const hand = card.shape === "hand" || card.shape === "distress";
    const waited = minutesSince(card.since_ms, now_ms);
    const since = !hand ? timeWords(card.since_ms, lang()) : waited < 1 ? t("web-just-now") : minuteWords(waited, lang());
    setText(this.#place, card.place === "" ? "" : `${card.place} · `);
    setText(this.#since, since);
  }

  #showWords() {
    const { card } = this;
    if (card === null) return;
    const covered = card.shape === "distress" && !this.#reading;
    this.#words.replaceChildren(covered ? t("web-distress-covered") : runs(card.words));
    setText(this.#why, covered ? "" : card.why);
  }

  #showFoot() {
    const { card } = this;
    if (card === null) return;
    const said = JSON.stringify([card.shape, card.taken, card.mine, this.#asking, this.#reading, card.who, card.place]);
    if (said === this.#footSaid) return;
    const first = this.#footSaid === "";
    this.#footSaid = said;
    const had = this.#foot.contains(document.activeElement);
    this.#foot.replaceChildren(...(this.#asking ? this.#askButtons() : this.#buttons(card)));
    if (!first) this.#turned = performance.now();
    if (had) this.#foot.querySelector("button")?.focus();
  }

  /**
   * @param {import("../kit/types.js").ItemCard} card
   * @returns {HTMLElement[]}
   */
  #buttons(card) {
    const write = (/** @type {string} */ words, /** @type {string} */ what) =>
      this.#button(words, what, "", () => this.#write(what === "answer"));
    if (card.shape === "hand") {
      const end = (/** @type {string} */ kind) =>
        this.#button(t("web-helped"), "helped", kind, () => this.#post("help", card.help, "end", { how: "helped" }));
      if (card.taken === "")
        return [this.#button(t("web-take"), "take", "go", () => this.#post("help", card.help, "take")), write(t("web-answer"), "answer")];
      return card.mine ? [end("go"), write(t("web-answer"), "answer")] : [end("quiet")];
    }
    const seen = card.taken === "" && this.#button(t("web-seen"), "acknowledge", "", () => this.#post("alerts", card.alert, "acknowledge"));
    const wrong = this.#button(t("web-dismiss"), "dismiss", "quiet", () => this.#turn({ asking: true }));
    if (card.shape === "distress") {
      const read = this.#button(t(this.#reading ? "web-cover" : "web-read"), "read", "", () => this.#read());
      return [read, write(t("web-message"), "message"), ...(seen ? [seen] : []), wrong];
    }
    const remind = this.#button(t("web-remind"), "remind", "go", () => this.#remind(card));
    remind.title = t("web-phrase-task");
    return [remind, write(t("web-message"), "message"), ...(seen ? [seen] : []), wrong];
  }

  #askButtons() {
    return [
      make("p", { class: "question" }, t("web-dismiss-sure")),
      this.#button(t("web-dismiss-yes"), "dismiss-yes", "", async () => {
        const answer = await this.#post("alerts", this.card?.alert ?? null, "dismiss");
        this.#turn({ asking: false });
        return answer;
      }),
      this.#button(t("web-cancel"), "cancel", "quiet", () => this.#turn({ asking: false })),
    ];
  }

  /**
   * @param {string} words
   * @param {string} what
   * @param {string} kind
   * @param {() => Promise<import("../kit/api.js").Answer<unknown>>|void} run
   */
  #button(words, what, kind, run) {
    const { card } = this;
    const made = button(words, { do: what, class: kind, name: [card?.who, card?.place].filter(Boolean).join(", ") });
    made.addEventListener("click", (event) => {
      if (event.detail !== 0 && performance.now() - this.#turned < AIM_MS) return;
      if (made.getAttribute("aria-disabled") === "true") return;
      const asked = run();
      if (asked) void act(made, this.#answer, () => asked);
    });
    return made;
  }

  /** @param {{asking: boolean}} to */
  #turn({ asking }) {
    this.#asking = asking;
    this.#showFoot();
  }

  /**
   * @param {"help"|"alerts"} kind
   * @param {number|null} id
   * @param {string} what
   * @param {object} [body]
   */
  #post(kind, id, what, body = {}) {
    return ask("POST", roomPath(this.room, kind, id ?? 0, what), body);
  }

  /** One tap sends the reminder; its receipt is said where the tap was. @param {import("../kit/types.js").ItemCard} card */
  async #remind(card) {
    const text = t("web-phrase-task");
    const id = this.#taps.id(text);
    const answer = await command(this.room, id, { seats: card.seats }, { do: "message", text }, MESSAGE_HOLDS_MS);
    if (answer.ok) this.#sent(id);
    return answer;
  }

  /** @param {string} id */
  #sent(id) {
    this.#taps.done();
    sayAnswer(this.#answer, t("web-sent"), "yes");
    void followReceipts(this.room, this.card?.seats ?? [], id, (words) => sayAnswer(this.#answer, words, "yes"));
  }

  /** @param {boolean} ends whether the answer settles the request for help */
  #write(ends) {
    const { card } = this;
    if (card === null || this.#form.firstChild) return;
    const close = () => {
      const had = this.#form.contains(document.activeElement);
      this.#form.replaceChildren();
      if (had) /** @type {HTMLElement|null} */ (this.#foot.querySelector("[data-do=answer],[data-do=message]"))?.focus();
    };
    const form = composer({
      room: this.room,
      to: { seats: card.seats },
      draft: `${this.room}/${this.dataset.item}`,
      phrases: ends
        ? ["web-phrase-coming", "web-phrase-look", "web-phrase-neighbour"]
        : ["web-phrase-task", "web-phrase-talk", "web-phrase-coming"],
      label: `${t("web-message-to")} ${card.who}`,
      sent: async (id) => {
        this.#sent(id);
        if (ends) {
          const answer = await this.#post("help", card.help, "end", { how: "answered" });
          if (!answer.ok) return answer;
        }
        close();
        return { ok: true, value: null };
      },
      cancel: close,
    });
    this.#form.replaceChildren(form);
    form.querySelector("textarea")?.focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  #read() {
    this.#reading = !this.#reading;
    this.#showWords();
    this.#showFoot();
    if (this.#reading) {
      setTimeout(() => {
        if (this.#reading) this.#read();
      }, READ_MS);
    }
  }
}
customElements.define("queue-item", QueueItem);

export { QueueItem };
