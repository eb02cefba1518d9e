// Owns: one entry of the queue: who, where, since when, what matched and why, and what can be done about it.
// Hooks: [data-item="item/alert/31"][data-shape="alert"]; in it data-do="take", "helped", "answer", "remind", "message", "acknowledge", "wait", "leave",
// "end-otherwise" then "end-neighbour", "end-later", "end-mistaken"; "grant", "refuse" (a site); "raise" then "raise-yes";
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
  /** The session that it is of, when that is over. */
  session = "";
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
  /** Which question stands in the buttons' place. @type {""|"dismiss"|"end"|"raise"} */
  #asking = "";
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
      setText(this.#taken, [card.taken, card.told].filter(Boolean).join(" · "));
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
    const hand = card.shape === "hand" || card.shape === "site" || card.shape === "distress";
    const waited = minutesSince(card.since_ms, now_ms);
    const since = !hand ? timeWords(card.since_ms, lang()) : waited < 1 ? t("web-just-now") : minuteWords(waited, lang());
    const last = card.last_ms ? ` – ${timeWords(card.last_ms, lang())}` : "";
    setText(this.#place, card.place === "" ? "" : `${card.place} · `);
    setText(this.#since, hand ? since : `${since}${last}`);
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
    const said = JSON.stringify([card.shape, card.taken, card.told, card.mine, this.#asking, this.#reading, card.who, card.place]);
    if (said === this.#footSaid) return;
    const first = this.#footSaid === "";
    this.#footSaid = said;
    const had = this.#foot.contains(document.activeElement);
    this.#foot.replaceChildren(...(this.#asking === "" ? this.#buttons(card) : this.#askButtons()));
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
      const help = (/** @type {string} */ words, /** @type {string} */ what, /** @type {string} */ kind, body = {}) =>
        this.#button(t(words), what, kind, () => this.#post("help", card.help, what === "helped" ? "end" : what, body));
      const end = (/** @type {string} */ kind) => help("web-helped", "helped", kind, { how: "helped" });
      const other = this.#button(t("web-end-otherwise"), "end-otherwise", "quiet", () => this.#turn("end"));
      const wait = card.told ? [] : [help("web-wait-for-me", "wait", "")];
      if (card.taken === "") return [help("web-take", "take", "go"), ...wait, write(t("web-answer"), "answer"), other];
      return card.mine
        ? [end("go"), ...wait, write(t("web-answer"), "answer"), help("web-leave", "leave", "quiet"), other]
        : [end("quiet")];
    }
    if (card.shape === "site") {
      const answer = (/** @type {boolean} */ open) => () =>
        open
          ? ask("POST", roomPath(this.room, "session", "sites"), { site: card.site, open, help: card.help })
          : this.#post("help", card.help, "end", { how: "refused" });
      return [
        this.#button(t("web-site-grant"), "grant", "go", answer(true)),
        write(t("web-answer"), "message"),
        this.#button(t("web-site-refuse"), "refuse", "quiet", answer(false)),
      ];
    }
    const seen = this.#button(t("web-seen"), "acknowledge", "", () => this.#post("alerts", card.alert, "acknowledge"));
    const wrong = this.#button(t("web-dismiss"), "dismiss", "quiet", () => this.#turn("dismiss"));
    const raise = this.#button(t("web-raise"), "raise", "quiet", () => this.#turn("raise"));
    if (this.session !== "") return [seen, wrong, raise];
    const go = card.taken === "" ? [this.#button(t("web-go-see"), "take", "", () => this.#post("alerts", card.alert, "take"))] : [];
    if (card.shape === "distress") {
      const read = this.#button(t(this.#reading ? "web-cover" : "web-read"), "read", "", () => this.#read());
      return [read, write(t("web-message"), "message"), ...go, seen, wrong];
    }
    const remind = this.#button(t("web-remind"), "remind", "go", () => this.#remind(card));
    remind.title = t("web-phrase-task");
    return [remind, write(t("web-message"), "message"), ...go, seen, wrong, raise];
  }

  #askButtons() {
    const back = this.#button(t("web-cancel"), "cancel", "quiet", () => this.#turn(""));
    if (this.#asking === "end") {
      const why = (/** @type {string} */ how) =>
        this.#button(t(`web-end-${how}`), `end-${how}`, "", () => this.#post("help", this.card?.help ?? null, "end", { how }));
      return [make("p", { class: "question" }, t("web-end-why")), why("neighbour"), why("later"), why("mistaken"), back];
    }
    const kind = this.#asking === "raise" ? "raise" : "dismiss";
    return [
      make("p", { class: "question" }, t(`web-${kind}-sure`)),
      this.#button(t(`web-${kind}-yes`), `${kind}-yes`, "", async () => {
        const answer = await this.#post("alerts", this.card?.alert ?? null, kind);
        this.#turn("");
        return answer;
      }),
      back,
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

  /** @param {""|"dismiss"|"end"|"raise"} to */
  #turn(to) {
    this.#asking = to;
    this.#showFoot();
  }

  /**
   * @param {"help"|"alerts"} kind
   * @param {number|null} id
   * @param {string} what
   * @param {object} [body]
   */
  async #post(kind, id, what, body = {}) {
    const of = this.session === "" ? "" : `?session=${encodeURIComponent(this.session)}`;
    const answer = await ask("POST", `${roomPath(this.room, kind, id ?? 0, what)}${of}`, body);
    if (!answer.ok || kind !== "alerts" || what === "take") return answer;
    this.dispatchEvent(new CustomEvent("dealt", { bubbles: true, detail: { alert: id, what, words: this.card?.who ?? "" } }));
    return answer;
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
