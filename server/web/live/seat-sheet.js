// Owns: the sheet of one seat: the facts behind the name, what is in front, what was asked of it and what became of that, the session
// so far. Hooks: [data-sheet="4"]; data-do="close", "message", "lock", "limit", "page", "close-app", "release" (data-command),
// "person" then select[name=pupil] or input[name=guest] and "person-yes"; receipts are [data-command][data-receipt="done"].
// Never: keeping what it shows; it is fetched again whenever the seat changes. Next: kit/composer.js, kit/lock-form.js.
import { act, answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask, command, roomPath } from "../kit/api.js";
import { minutesSince, minuteWords, timeWords } from "../kit/clock.js";
import { composer } from "../kit/composer.js";
import { make, runs, setText } from "../kit/dom.js";
import { draw, icon } from "../kit/icons.js";
import { mintCommandId } from "../kit/id.js";
import { lockForm } from "../kit/lock-form.js";
import { lang, t } from "../kit/texts.js";
import { QueueItem } from "./queue-item.js";
import { actButtons } from "./seat-acts.js";

/** The sheet is not fetched more often than this. */
const PACE_MS = 700;
/** While a consigne waits for its receipt the sheet is fetched again after so long. */
const PENDING_MS = 1_500;
const RECEIPT_SHAPES = { pending: "pending", done: "yes", refused: "no", expired: "no", ended: "yes" };

class SeatSheet extends HTMLElement {
  room = "";
  /** Sites of the session. @type {string[]} */
  sites = [];
  /** @type {number|null} */
  seat = null;
  /** @type {() => void} */
  onClose = () => {};
  /** @type {import("../kit/types.js").SheetView|null} */
  #view = null;
  #now_ms = 0;
  #asked_ms = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #again;
  #name = make("h2", { id: "sheet-name", tabindex: -1 });
  #place = make("p", { class: "place" });
  #shape = icon("");
  #state = make("p", { class: "state" });
  #front = make("p", { class: "front" });
  #note = make("p", { class: "note" });
  #facts = make("ul", { class: "facts" });
  #acts = make("div", { class: "buttons" });
  #form = make("div", { class: "form" });
  #answer = answerPlace();
  #items = make("div", { class: "items", role: "list" });
  #commands = make("ul", { class: "receipts" });
  #timeline = make("ol", { class: "timeline" });
  #parts = {
    items: make("section", { hidden: true }, make("h3", {}, t("web-sheet-open")), this.#items),
    commands: make("section", { hidden: true }, make("h3", {}, t("web-sheet-commands")), this.#commands),
    timeline: make("section", {}, make("h3", {}, t("web-sheet-timeline")), this.#timeline),
  };
  /** @type {Record<string, string>} */
  #said = {};

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute("role", "dialog");
    this.setAttribute("aria-labelledby", "sheet-name");
    this.hidden = true;
    const close = make("button", { type: "button", class: "quiet icon", "data-do": "close", "aria-label": t("web-close") }, icon("close"));
    close.addEventListener("click", () => this.close());
    const name = make("div", { class: "who" }, this.#name, this.#place);
    const state = make("div", { class: "now" }, make("div", { class: "state-line" }, this.#shape, this.#state), this.#front, this.#note);
    this.append(
      make("header", {}, name, close),
      make("div", { class: "scroll" }, state, this.#acts, this.#form, this.#answer, this.#facts, ...Object.values(this.#parts)),
    );
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#again);
  }

  /**
   * @param {number} seat
   * @param {import("../kit/types.js").SeatCard|null} card what the plan knows already
   * @param {number} now_ms
   */
  open(seat, card, now_ms) {
    this.#now_ms = now_ms;
    if (this.seat !== seat) {
      this.seat = seat;
      this.#view = null;
      this.#said = {};
      this.dataset.sheet = String(seat);
      this.#form.replaceChildren();
      sayAnswer(this.#answer, "", "yes");
      for (const list of [this.#facts, this.#items, this.#commands, this.#timeline, this.#acts]) list.replaceChildren();
      this.#parts.items.hidden = true;
      this.#parts.commands.hidden = true;
    }
    this.hidden = false;
    if (card) this.#showSeat(card);
    this.#name.focus({ preventScroll: true });
    this.#asked_ms = Number.NEGATIVE_INFINITY;
    void this.#fetch();
  }

  close() {
    if (this.hidden) return;
    this.hidden = true;
    this.seat = null;
    clearTimeout(this.#again);
    this.onClose();
  }

  /** The seat or something about it has changed. @param {import("../kit/types.js").SeatCard|null} card */
  changed(card) {
    if (this.hidden) return;
    if (card) this.#showSeat(card);
    this.#soon(PACE_MS);
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    this.#now_ms = now_ms;
    if (this.hidden) return;
    for (const item of this.#items.children) if (item instanceof QueueItem) item.tick(now_ms);
    if (this.#view) this.#showSince(this.#view.seat);
  }

  /** @param {number} after_ms */
  #soon(after_ms) {
    clearTimeout(this.#again);
    const wait = Math.max(30, after_ms - (performance.now() - this.#asked_ms));
    this.#again = setTimeout(() => void this.#fetch(), wait);
  }

  async #fetch() {
    const seat = this.seat;
    if (seat === null) return;
    this.#asked_ms = performance.now();
    const answer = await ask("GET", roomPath(this.room, "seats", seat));
    if (this.seat !== seat || this.hidden) return;
    if (!answer.ok) {
      sayAnswer(this.#answer, answer.words);
      return;
    }
    const view = /** @type {import("../kit/types.js").SheetView} */ (answer.value);
    this.#view = view;
    this.#show(view);
    if (view.commands.some((line) => line.state === "pending")) this.#soon(PENDING_MS);
  }

  /** @param {import("../kit/types.js").SheetView} view */
  #show(view) {
    this.#showSeat(view.seat);
    this.#once("facts", view.facts, () => this.#facts.replaceChildren(...view.facts.map(([words, agrees]) => factLine(words, agrees))));
    this.#once("acts", [view.seat.name, view.seat.reachable, view.seat.state, view.seat.cannot], () => this.#showActs(view.seat));
    this.#once("commands", view.commands, () => this.#commands.replaceChildren(...view.commands.map((line) => this.#receipt(line))));
    this.#parts.commands.hidden = view.commands.length === 0;
    this.#once("timeline", view.timeline, () => {
      const lines = view.timeline.map(timelineLine);
      this.#timeline.replaceChildren(...(lines.length > 0 ? lines : [make("li", { class: "empty" }, t("web-sheet-empty"))]));
    });
    this.#showItems(view.items);
  }

  /**
   * @param {string} part
   * @param {unknown} value
   * @param {() => void} draw
   */
  #once(part, value, draw) {
    const said = JSON.stringify(value);
    if (this.#said[part] === said) return;
    this.#said[part] = said;
    const had = document.activeElement instanceof HTMLElement && this.contains(document.activeElement) ? document.activeElement : null;
    draw();
    if (had && !had.isConnected) this.#name.focus({ preventScroll: true });
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #showSeat(seat) {
    this.dataset.state = seat.state;
    this.#name.replaceChildren(make("bdi", {}, seat.who));
    setText(this.#front, seat.front);
    setText(this.#note, seat.note);
    draw(this.#shape, seat.state);
    this.#showSince(seat);
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #showSince(seat) {
    setText(this.#place, `${t("web-seat")} ${seat.seat}`);
    const waits = seat.state === "hand" && seat.since_ms !== null && this.#now_ms > 0;
    const since = waits && seat.since_ms !== null ? ` · ${minuteWords(minutesSince(seat.since_ms, this.#now_ms), lang())}` : "";
    setText(this.#state, `${seat.state_words}${since}`);
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #showActs(seat) {
    const name = `${seat.who}, ${t("web-seat")} ${seat.seat}`;
    const message = button(t("web-message"), { do: "message", class: "go", name });
    const lock = button(t("web-lock"), { do: "lock-form", name });
    message.addEventListener("click", () => this.#openForm(message, () => this.#messageForm(seat)));
    lock.addEventListener("click", () => this.#openForm(lock, () => this.#lockForm(seat)));
    const all = seat.reachable ? [message, lock] : [];
    if (seat.name === null && (seat.reachable || seat.state === "ask")) {
      const person = button(t("web-person"), { do: "person", class: seat.state === "ask" ? "go" : "", name });
      person.addEventListener("click", () => this.#openForm(person, () => this.#personForm(seat)));
      all.unshift(person);
      if (seat.state === "ask") message.classList.remove("go");
    }
    const target = () => ({
      room: this.room,
      to: { seats: [seat.seat] },
      name,
      draft: `${this.room}/seat/${seat.seat}`,
      sites: this.sites,
      sent: () => this.#asked(),
    });
    const cannot = seat.cannot ?? [];
    if (seat.reachable) all.push(...actButtons(target, { only: ["limit", "page", "close-app"], cannot }));
    lock.disabled = cannot.includes("lock");
    this.#acts.replaceChildren(...(all.length > 0 ? all : [make("p", { class: "unreachable" }, t("web-unreachable"))]));
  }

  /**
   * @param {HTMLElement} by
   * @param {() => HTMLElement} form
   */
  #openForm(by, form) {
    const made = form();
    this.#form.replaceChildren(made);
    sayAnswer(this.#answer, "", "yes");
    const first = made.querySelector("textarea, select, [data-do=lock]");
    if (first instanceof HTMLElement) first.focus();
    this.#opener = by.dataset.do ?? "";
  }
  #opener = "";

  #closeForm() {
    const had = this.#form.contains(document.activeElement);
    this.#form.replaceChildren();
    if (!had) return;
    const opener = this.#acts.querySelector(`[data-do="${this.#opener}"]`);
    (opener instanceof HTMLElement ? opener : this.#name).focus();
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #messageForm(seat) {
    return composer({
      room: this.room,
      to: { seats: [seat.seat] },
      draft: `${this.room}/seat/${seat.seat}`,
      phrases: ["web-phrase-task", "web-phrase-coming", "web-phrase-bravo"],
      label: `${t("web-message-to")} ${seat.who}`,
      sent: () => this.#asked(),
      cancel: () => this.#closeForm(),
    });
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #lockForm(seat) {
    return lockForm({
      room: this.room,
      to: { seats: [seat.seat] },
      draft: `${this.room}/lock/${seat.seat}`,
      go: t("web-lock"),
      sent: () => this.#asked(),
      cancel: () => this.#closeForm(),
    });
  }

  #asked() {
    this.#closeForm();
    sayAnswer(this.#answer, t("web-sent"), "yes");
    void this.#fetch();
  }

  /** @param {import("../kit/types.js").SeatCard} seat */
  #personForm(seat) {
    const select = make("select", { id: "sheet-pupil", name: "pupil" }, make("option", { value: "" }, t("web-person-choose")));
    const guest = make("input", { id: "sheet-guest", name: "guest", maxlength: 80, autocomplete: "off", dir: "auto" });
    const yes = button(t("web-person-yes"), { do: "person-yes", class: "go", type: "submit" });
    const no = button(t("web-cancel"), { do: "cancel", class: "quiet" });
    no.addEventListener("click", () => this.#closeForm());
    const place = answerPlace();
    const form = make(
      "form",
      { class: "person-form", novalidate: true },
      make("label", { for: select.id }, t("web-person-who")),
      select,
      make("label", { for: guest.id }, t("web-guest")),
      guest,
      make("p", { class: "more" }, t("web-person-more")),
      make("div", { class: "buttons" }, yes, no),
      place,
    );
    void ask("GET", roomPath(this.room, "pupils")).then((answer) => {
      if (!answer.ok) return sayAnswer(place, answer.words);
      const pupils = /** @type {import("../kit/types.js").Pupil[]} */ (answer.value);
      const byName = new Intl.Collator(lang());
      pupils.sort((a, b) => Number(b.expected) - Number(a.expected) || byName.compare(a.name, b.name));
      select.append(...pupils.map((pupil) => make("option", { value: pupil.pupil }, pupil.name)));
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = guest.value.trim();
      if (name !== "") {
        const named = await act(yes, place, () => ask("POST", roomPath(this.room, "seats", seat.seat, "guest"), { name }));
        if (named?.ok) this.#asked();
        return;
      }
      if (select.value === "") {
        sayAnswer(place, t("web-person-needed"));
        select.focus();
        return;
      }
      const answer = await act(yes, place, () => ask("POST", roomPath(this.room, "seats", seat.seat, "person"), { pupil: select.value }));
      if (answer?.ok) this.#asked();
    });
    return form;
  }

  /** @param {import("../kit/types.js").CommandLine} line */
  #receipt(line) {
    const until = line.until_ms === null ? "" : ` · ${t("web-until")} ${timeWords(line.until_ms, lang())}`;
    const node = make(
      "li",
      { "data-command": line.command, "data-receipt": line.state },
      icon(RECEIPT_SHAPES[line.state] ?? "pending"),
      make(
        "div",
        {},
        make("p", { class: "words", dir: "auto" }, line.words),
        make("p", { class: "more" }, `${timeWords(line.at_ms, lang())} · ${line.state_words}${until}`),
      ),
    );
    if (line.releasable) {
      const release = button(t("web-release"), { do: "release", name: line.words });
      release.dataset.command = line.command;
      const id = mintCommandId();
      release.addEventListener("click", async () => {
        const seat = this.seat;
        if (seat === null) return;
        const answer = await act(release, this.#answer, () =>
          command(this.room, id, { seats: [seat] }, { do: "release", command: line.command }, 60_000),
        );
        if (answer?.ok) this.#asked();
      });
      node.append(release);
    }
    return node;
  }

  /** @param {import("../kit/types.js").ItemCard[]} cards */
  #showItems(cards) {
    this.#parts.items.hidden = cards.length === 0;
    /** @type {Map<string, QueueItem>} */
    const old = new Map();
    for (const item of this.#items.children) if (item instanceof QueueItem) old.set(item.dataset.sheetItem ?? "", item);
    const wanted = cards.map((card) => {
      const key = card.help !== null ? `item/help/${card.help}` : `item/alert/${card.alert}`;
      const item = old.get(key) ?? new QueueItem();
      item.room = this.room;
      item.dataset.sheetItem = key;
      item.show(card, this.#now_ms);
      return item;
    });
    const same = wanted.length === this.#items.children.length && wanted.every((item, at) => this.#items.children[at] === item);
    if (!same) this.#items.replaceChildren(...wanted);
  }
}
customElements.define("seat-sheet", SeatSheet);

export { SeatSheet };

/**
 * @param {string} words
 * @param {boolean} agrees
 */
function factLine(words, agrees) {
  const said = make("span", { class: "unseen" }, `${t(agrees ? "web-agrees" : "web-differs")} `);
  return make("li", { class: agrees ? "agrees" : "differs" }, icon(agrees ? "yes" : "no"), make("span", {}, said, words));
}

/** @param {import("../kit/types.js").SheetLine} line */
function timelineLine(line) {
  return make(
    "li",
    { class: line.shape },
    make("time", {}, timeWords(line.at_ms, lang())),
    icon(line.shape),
    make("div", {}, make("p", { dir: "auto" }, runs(line.words)), line.why !== "" && make("p", { class: "why" }, line.why)),
  );
}
