// Owns: the bar of the room: task, time left, what goes to everybody, and the end of the session.
// Hooks: data-do="back", "select-seats", "limit-all", "page-all", "sites", "people", "message-all", "lock-all", "release-all", "extend" then data-choice="extend-10", "menu", "chat", "end" then
// "end-yes", "sign-out". Never: the queue's counts; the queue shows its own. Next: kit/composer.js, kit/lock-form.js.
import { act, answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask, command, roomPath } from "../kit/api.js";
import { countdownWords, minutesLeft, minuteWords } from "../kit/clock.js";
import { composer } from "../kit/composer.js";
import { dialog } from "../kit/dialog.js";
import { make, setAttribute, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { mintCommandId } from "../kit/id.js";
import { langSwitch } from "../kit/lang-switch.js";
import { lockForm } from "../kit/lock-form.js";
import { counted, lang, t } from "../kit/texts.js";
import { limitDialog, pageDialog } from "./seat-acts.js";
import { peopleDialog, sitesDialog } from "./session-people.js";

/** Minutes before its end at which the bar warns. */
const WARN_MINUTES = 5;

class SessionBar extends HTMLElement {
  room = "";
  #title = make("h1");
  #line = make("p", { class: "line" });
  #left = make("b");
  #meter = make("progress", { max: 1, value: 0, "aria-hidden": "true" });
  #timer = make("div", { class: "left", role: "timer", "aria-label": t("web-time-left") }, this.#left, this.#meter);
  #answer = answerPlace();
  #acts = make("div", { class: "acts", role: "group", "aria-label": t("web-everybody") });
  /** @type {import("../kit/types.js").BarCard|null} */
  #bar = null;
  #reach = 0;
  /** The lock that went to everybody from here, while it holds. @type {{id: string, until_ms: number}|null} */
  #lock = null;
  #now_ms = 0;
  #look = button(t("web-look-here"), { do: "lock-all" });
  #release = button(t("web-release"), { do: "release-all", class: "locked" });
  #menuButton = make(
    "button",
    {
      type: "button",
      class: "quiet icon",
      "data-do": "menu",
      "aria-label": t("web-more"),
      "aria-expanded": "false",
      "aria-controls": "room-menu",
    },
    icon("more"),
  );
  #limit = button(t("web-limit"), { do: "limit-all" });
  #page = button(t("web-page-open"), { do: "page-all" });
  #sites = button(t("web-sites-of-session"), { do: "sites" });
  #people = button(t("web-adults"), { do: "people" });
  #some = button(t("web-select-seats"), { do: "select-seats" });
  /** Begins the choice of several seats. @type {() => void} */
  onSelect = () => {};
  #warned = 0;
  #chat = button("", { do: "chat" });
  #end = button(t("web-end"), { do: "end", class: "danger" });
  #menu = make("div", { id: "room-menu", class: "menu", hidden: true });

  connectedCallback() {
    this.setAttribute("role", "banner");
    const back = make(
      "a",
      { href: "/", class: "back", "data-go": true, "data-do": "back", "aria-label": t("web-all-rooms") },
      icon("back"),
    );
    const message = button(t("web-message"), { do: "message-all", name: t("web-to-all") });
    const extend = button(t("web-extend"), { do: "extend" });
    const out = button(t("web-sign-out"), { do: "sign-out" });
    this.#acts.append(message, this.#look, this.#release, extend);
    this.#release.hidden = true;
    const over = make("hr");
    this.#menu.append(
      this.#some,
      this.#limit,
      this.#page,
      this.#sites,
      this.#people,
      this.#chat,
      over,
      this.#end,
      make("hr"),
      langSwitch(),
      out,
    );
    const opens = (/** @type {HTMLElement} */ by, /** @type {() => void} */ open) =>
      by.addEventListener("click", () => {
        this.#toggleMenu(false);
        open();
      });
    opens(this.#some, () => this.onSelect());
    opens(this.#limit, () => limitDialog(this.#everybody()));
    opens(this.#page, () => pageDialog(this.#everybody()));
    opens(this.#sites, () => this.#bar && sitesDialog(this.room, this.#bar));
    opens(this.#people, () => this.#bar && peopleDialog(this.room, this.#bar, (words) => this.#say(words)));
    this.replaceChildren(
      back,
      make("div", { class: "what" }, this.#title, this.#line),
      this.#timer,
      this.#acts,
      this.#menuButton,
      this.#menu,
      this.#answer,
    );
    message.addEventListener("click", () => this.#messageAll());
    this.#look.addEventListener("click", () => this.#lockAll());
    this.#release.addEventListener("click", () => void this.#releaseAll());
    extend.addEventListener("click", () => this.#extend());
    this.#chat.addEventListener("click", () => void this.#toggleChat());
    this.#end.addEventListener("click", () => this.#ask());
    out.addEventListener("click", () => document.dispatchEvent(new Event("sign-out")));
    this.#menuButton.addEventListener("click", () => this.#toggleMenu(this.#menu.hidden === true));
    this.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (to instanceof Node && !this.#menu.contains(to) && to !== this.#menuButton) this.#toggleMenu(false);
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#menu.hidden) return;
      event.stopPropagation();
      this.#toggleMenu(false);
      this.#menuButton.focus();
    });
  }

  /** Closes the menu after a tap elsewhere. @param {EventTarget|null} target */
  tapped(target) {
    if (!(target instanceof Node) || this.#menu.contains(target) || this.#menuButton.contains(target)) return;
    this.#toggleMenu(false);
  }

  /** @param {boolean} open */
  #toggleMenu(open) {
    this.#menu.hidden = !open;
    // What was said lies where the menu opens.
    if (open) sayAnswer(this.#answer, "", "yes");
    this.#menuButton.setAttribute("aria-expanded", String(open));
    if (open) this.#menu.querySelector("button")?.focus();
  }

  /**
   * @param {import("../kit/types.js").BarCard} bar
   * @param {number} reach seats that a consigne can reach now
   * @param {number} now_ms
   */
  show(bar, reach, now_ms) {
    this.#bar = bar;
    this.#reach = reach;
    setText(this.#title, bar.room);
    setText(this.#line, bar.open ? bar.line : t("web-no-session"));
    this.classList.toggle("closed", !bar.open);
    this.#timer.hidden = !bar.open || bar.ends_ms === null;
    this.#acts.hidden = !bar.open;
    for (const part of [this.#some, this.#limit, this.#page, this.#sites, this.#people, this.#end, this.#chat]) part.hidden = !bar.open;
    setText(this.#chat, t(bar.chat_open ? "web-chat-close" : "web-chat-open"));
    setAttribute(this.#chat, "aria-pressed", String(bar.chat_open));
    if (!bar.open) this.#lock = null;
    this.tick(now_ms);
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    this.#now_ms = now_ms;
    const bar = this.#bar;
    if (!bar?.open || bar.ends_ms === null) return;
    const left = minutesLeft(bar.ends_ms, now_ms);
    setText(this.#left, bar.ends_ms <= now_ms ? t("web-over") : minuteWords(left, lang()));
    this.#timer.classList.toggle("soon", left <= WARN_MINUTES);
    if (left > WARN_MINUTES) this.#warned = 0;
    else if (left > 0 && this.#warned !== bar.ends_ms) {
      // Once for each end: a session that was put off warns again.
      this.#warned = bar.ends_ms;
      this.#say(`${t("web-ends-soon")} ${minuteWords(left, lang())}.`, 20_000);
    }
    const whole = bar.ends_ms - (bar.started_ms ?? bar.ends_ms - 1);
    const part = whole <= 0 ? 1 : Math.min(1, Math.max(0, 1 - (bar.ends_ms - now_ms) / whole));
    setAttribute(this.#meter, "value", part.toFixed(3));
    if (this.#lock && this.#lock.until_ms <= now_ms) this.#lock = null;
    this.#look.hidden = this.#lock !== null;
    this.#release.hidden = this.#lock === null;
    if (this.#lock) setText(this.#release, `${t("web-release")} · ${countdownWords(this.#lock.until_ms - now_ms)}`);
  }

  #messageAll() {
    const shown = dialog(
      t("web-message-all"),
      "message-all",
      composer({
        room: this.room,
        to: { all: true },
        draft: `${this.room}/all`,
        phrases: ["web-phrase-quiet", "web-phrase-five", "web-phrase-save"],
        label: t("web-message-words"),
        sent: () => {
          shown.close();
          this.#say(`${t("web-sent")} · ${counted("web-seats", this.#reach)}`);
        },
        cancel: () => shown.close(),
      }),
    );
    shown.querySelector("textarea")?.focus();
  }

  /**
   * Says something for a while: it lies over the plan.
   * @param {string} words
   * @param {number} [for_ms]
   */
  #say(words, for_ms = 6_000) {
    sayAnswer(this.#answer, words, "yes");
    setTimeout(() => {
      if (this.#answer.textContent === words) sayAnswer(this.#answer, "", "yes");
    }, for_ms);
  }

  /** @returns {import("./seat-acts.js").Target} */
  #everybody() {
    const sent = () => this.#say(`${t("web-sent")} · ${counted("web-seats", this.#reach)}`);
    const sites = this.#bar?.sites ?? [];
    return { room: this.room, to: { all: true }, name: t("web-to-all"), draft: `${this.room}/all`, sites, sent };
  }

  #lockAll() {
    const shown = dialog(
      t("web-look-here"),
      "lock-all",
      lockForm({
        room: this.room,
        to: { all: true },
        draft: `${this.room}/lock-all`,
        go: `${t("web-lock")} · ${counted("web-seats", this.#reach)}`,
        sent: (id, holds_ms) => {
          this.#lock = { id, until_ms: this.#now_ms + holds_ms };
          shown.close();
          this.tick(this.#now_ms);
          this.#release.focus();
        },
        cancel: () => shown.close(),
      }),
    );
    /** @type {HTMLElement|null} */ (shown.querySelector("[data-do=lock]"))?.focus();
  }

  async #releaseAll() {
    const lock = this.#lock;
    if (!lock) return;
    const answer = await act(this.#release, this.#answer, () =>
      command(this.room, mintCommandId(), { all: true }, { do: "release", command: lock.id }, 60_000),
    );
    if (!answer?.ok) return;
    this.#lock = null;
    this.tick(this.#now_ms);
    this.#look.focus();
  }

  #extend() {
    const place = answerPlace();
    const row = make("div", { class: "chips" });
    const shown = dialog(t("web-extend-by"), "extend", row, place);
    for (const minutes of [5, 10, 15, 30]) {
      const by = make("button", { type: "button", class: "chip", "data-choice": `extend-${minutes}` }, `+ ${minuteWords(minutes, lang())}`);
      by.addEventListener("click", async () => {
        const answer = await act(by, place, () => ask("POST", roomPath(this.room, "session", "extend"), { minutes }));
        if (answer?.ok) shown.close();
      });
      row.append(by);
    }
    row.querySelector("button")?.focus();
  }

  async #toggleChat() {
    const open = !(this.#bar?.chat_open ?? false);
    await act(this.#chat, this.#answer, () => ask("POST", roomPath(this.room, "chat"), { channel: "room", open }));
    this.#toggleMenu(false);
    this.#menuButton.focus();
  }

  #ask() {
    this.#toggleMenu(false);
    const place = answerPlace();
    const yes = button(t("web-end"), { do: "end-yes", class: "go danger" });
    const no = button(t("web-cancel"), { do: "cancel", class: "quiet" });
    const shown = dialog(t("web-end-sure"), "end", make("p", {}, t("web-end-more")), make("div", { class: "buttons" }, yes, no), place);
    no.addEventListener("click", () => shown.close());
    yes.addEventListener("click", async () => {
      const answer = await act(yes, place, () => ask("POST", roomPath(this.room, "session", "end"), {}));
      if (answer?.ok) shown.close();
    });
    no.focus();
  }
}
customElements.define("session-bar", SessionBar);

export { SessionBar };
