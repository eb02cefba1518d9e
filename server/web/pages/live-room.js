// Owns: the live room: joins the link to the bar, the plan, the queue and the sheet.
//
// Hooks that tests and helpers may rely on (each control also has a stable accessible name from web.ftl):
//   the room        live-room[room][data-link="live|old|opening"][data-rev]; [data-notice] says since when the picture is old
//   a seat          [data-seat="4"][data-state="hand"][data-reachable="yes"]; a tap opens its sheet, [data-sheet="4"]
//   an entry        [data-item="item/alert/31"][data-shape="alert"]; its evidence <mark>, its reason .why, the answer to a tap .answer
//   what can be done  [data-do="…"]: in an entry take, helped, answer, remind (one tap sends), message, acknowledge, dismiss then
//                   dismiss-yes, read; in the bar message-all, lock-all, release-all, limit-all, page-all, sites, people, select-seats, extend, menu, chat, end then end-yes; in a sheet
//                   message, lock-form, release, person then person-yes; in a form phrase (data-phrase), send, lock, start, cancel
//   a receipt       [data-command="…"][data-receipt="pending|done|refused|expired|ended"]
//
// A tap within a third of a second after its entry has moved goes nowhere: it was aimed at what stood there before (kit/steady.js).
//
// Never: a second reducer. A card is shown as it came; one that did not change touches nothing. Next: kit/live-link.js, live/.

import { button } from "../kit/act.js";
import { timeWords } from "../kit/clock.js";
import { make, setAttribute, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { LiveLink } from "../kit/live-link.js";
import { loadPhrases } from "../kit/phrases.js";
import { sessionForm } from "../kit/session-form.js";
import { lang, t } from "../kit/texts.js";
import { Announcer } from "../live/announcer.js";
import { leftOver } from "../live/left-over.js";
import { OrderStrip } from "../live/order-strip.js";
import { actButtons } from "../live/seat-acts.js";
import { SeatPlan } from "../live/seat-plan.js";
import { SeatSheet } from "../live/seat-sheet.js";
import { SessionBar } from "../live/session-bar.js";
import { WorkQueue } from "../live/work-queue.js";

/** @typedef {import("../kit/picture.js").Taken} Taken */

class LiveRoom extends HTMLElement {
  #room = "";
  /** @type {LiveLink|null} */
  #link = null;
  #bar = new SessionBar();
  #plan = new SeatPlan();
  #queue = new WorkQueue();
  #sheet = new SeatSheet();
  #announcer = new Announcer();
  #noticeWords = make("span");
  #orders = new OrderStrip();
  #picks = make("div", { class: "picks", role: "group", "aria-label": t("web-chosen"), hidden: true });
  #notice = make("p", { class: "notice", role: "status", "data-notice": true, hidden: true }, icon("link"), this.#noticeWords);
  #closed = make("div", { class: "no-session", hidden: true });
  #side = make("aside", { class: "queue", "aria-labelledby": "queue-title" });
  /** Keys that the next drawing shows; `null` means all. @type {Set<string>|null} */
  #dirty = new Set();
  #drawing = 0;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #clock;

  connectedCallback() {
    this.#room = this.getAttribute("room") ?? "";
    const room = this.#room;
    for (const part of [this.#bar, this.#queue, this.#sheet, this.#orders]) part.room = room;
    this.#side.append(this.#orders, this.#queue, this.#closed);
    this.#bar.onSelect = () => this.#choose(true);
    this.#plan.onChoice = (seats) => this.#showPicks(seats);
    void loadPhrases(room);
    this.replaceChildren(
      this.#bar,
      make(
        "main",
        {},
        make("section", { class: "plan", "aria-label": t("web-plan") }, this.#plan, this.#notice, this.#picks),
        this.#side,
        this.#sheet,
      ),
      this.#announcer.node,
    );
    this.#plan.onOpen = (seat) => this.#open(seat);
    this.#sheet.onClose = () => this.#shut();
    this.addEventListener("click", (event) => this.#bar.tapped(event.target));
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.#picks.hidden) this.#sheet.close();
      else this.#choose(false);
    });
    this.dataset.link = "opening";
    const link = new LiveLink(room);
    this.#link = link;
    link.addEventListener("frame", (event) => this.#frame(/** @type {CustomEvent<Taken>} */ (event).detail));
    link.addEventListener("link", () => this.#showLink());
    link.addEventListener("gone", (event) => this.#gone(/** @type {CustomEvent<{words: string}>} */ (event).detail.words));
    link.open();
    this.#clock = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    this.#link?.close();
    clearInterval(this.#clock);
    cancelAnimationFrame(this.#drawing);
  }

  /** @param {Taken} taken */
  #frame(taken) {
    if ("gap" in taken) return;
    if ("all" in taken) {
      if (taken.session) this.#announcer.forget();
      this.#dirty = null;
    } else if (this.#dirty) for (const key of taken.keys) this.#dirty.add(key);
    if (this.dataset.link === "opening") this.#showLink();
    if (this.#dirty?.size === 0 || this.#drawing !== 0) return;
    // A hidden tablet draws nothing until it is looked at; a shown one draws once a frame, however many deltas came.
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    const link = this.#link;
    if (!link) return;
    const { cards } = link.picture;
    const now_ms = link.clock.now();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.dataset.rev = String(link.picture.rev);
    let fresh = dirty === null;
    if (dirty)
      for (const key of dirty)
        if (key.startsWith("seat/") && (!cards.has(key) || !this.#plan.show(key, cards.get(key), now_ms))) fresh = true;
    if (fresh) this.#plan.showAll(cards, now_ms);
    const bar = cards.get("bar");
    if (bar?.card === "bar") {
      this.#bar.show(bar, reachable(cards), now_ms);
      this.#sheet.sites = bar.sites ?? [];
      this.#showClosed(bar.open);
      document.title = `${bar.room} · ${t("web-title")}`;
    }
    this.#orders.show(cards, now_ms);
    this.#queue.show(cards, now_ms);
    this.#openAsked();
    this.#announcer.hear(cards);
    this.#refreshSheet(dirty);
    this.#plan.open = this.#sheet.seat;
  }

  /** @param {Set<string>|null} dirty */
  #refreshSheet(dirty) {
    const seat = this.#sheet.seat;
    if (seat === null) return;
    const touched = dirty === null || dirty.has(`seat/${seat}`) || [...dirty].some((key) => key.startsWith("item/"));
    if (touched) this.#sheet.changed(this.#seatCard(seat));
  }

  /** @param {number} seat */
  #seatCard(seat) {
    const card = this.#link?.picture.cards.get(`seat/${seat}`);
    return card?.card === "seat" ? card : null;
  }

  /** @param {boolean} open */
  #showClosed(open) {
    if (this.#closed.hidden === open && this.#closed.firstChild) return;
    this.#closed.hidden = open;
    this.#queue.hidden = !open;
    if (!open) this.#choose(false);
    this.classList.toggle("closed", !open);
    if (open) return;
    const form = sessionForm(this.#room, () => {});
    this.#closed.replaceChildren(make("h2", {}, t("web-no-session")), make("p", {}, t("web-no-session-more")), form, leftOver(this.#room));
  }

  /** A link from the class view names a seat: its sheet opens once. */
  #openAsked() {
    const asked = Number(new URLSearchParams(location.search).get("seat"));
    if (!asked || this.#askedSeat === asked) return;
    this.#askedSeat = asked;
    if (this.#seatCard(asked) !== null) this.#open(asked);
  }
  #askedSeat = 0;

  /** @param {boolean} choosing */
  #choose(choosing) {
    if (choosing) this.#sheet.close();
    this.#plan.choose(choosing);
    this.#picks.hidden = !choosing;
  }

  /** What can be asked of the seats that are chosen. @param {number[]} seats */
  #showPicks(seats) {
    const all = button(t("web-choose-all"), { class: "quiet", do: "choose-all" });
    all.addEventListener("click", () => this.#plan.chooseAll(this.#reachableSeats()));
    const stop = button(t("web-choose-stop"), { class: "quiet", do: "choose-stop" });
    stop.addEventListener("click", () => this.#choose(false));
    const name = `${t("web-seats-short")} ${seats.join(", ")}`;
    const target = () => ({
      room: this.#room,
      to: { seats },
      name,
      draft: `${this.#room}/some`,
      sites: this.#sheet.sites,
      sent: () => this.#choose(false),
    });
    const words = make("p", { role: "status" }, seats.length === 0 ? t("web-choose-seats") : name);
    this.#picks.replaceChildren(words, ...(seats.length === 0 ? [] : actButtons(target)), all, stop);
  }

  #reachableSeats() {
    const seats = [];
    for (const card of this.#link?.picture.cards.values() ?? []) if (card.card === "seat" && card.reachable) seats.push(card.seat);
    return seats;
  }

  /** @param {number} seat */
  #open(seat) {
    if (this.#sheet.seat === seat) {
      this.#sheet.close();
      return;
    }
    this.#opener = seat;
    this.classList.add("with-sheet");
    this.#sheet.open(seat, this.#seatCard(seat), this.#link?.clock.now() ?? 0);
    this.#plan.open = seat;
  }
  /** @type {number|null} */
  #opener = null;

  #shut() {
    this.classList.remove("with-sheet");
    this.#plan.open = null;
    if (this.#opener !== null) this.#plan.focusSeat(this.#opener);
    this.#opener = null;
  }

  #tick() {
    const now_ms = this.#link?.clock.now() ?? 0;
    if (now_ms === 0 || document.visibilityState !== "visible") return;
    this.#bar.tick(now_ms);
    this.#plan.tick(now_ms);
    this.#queue.tick(now_ms);
    this.#orders.tick(now_ms);
    this.#sheet.tick(now_ms);
  }

  #showLink() {
    const since = this.#link?.oldSince ?? null;
    setAttribute(this, "data-link", since === null ? "live" : "old");
    this.#notice.hidden = since === null;
    if (since === null) return;
    setText(
      this.#noticeWords,
      since === 0 ? t("web-connecting") : `${t("web-old-since")} ${timeWords(since, lang())}. ${t("web-retrying")}`,
    );
  }

  /** @param {string} words */
  #gone(words) {
    this.replaceChildren(
      make("main", { class: "away" }, make("h1", {}, words), make("a", { href: "/", class: "go", "data-go": true }, t("web-all-rooms"))),
    );
  }
}
customElements.define("live-room", LiveRoom);

/** @param {Map<string, import("../kit/types.js").Card>} cards */
function reachable(cards) {
  let count = 0;
  for (const card of cards.values()) if (card.card === "seat" && card.reachable) count += 1;
  return count;
}
