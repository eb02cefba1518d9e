// Owns: the rooms that I may see, in every school where I work; opening one, and starting a session in two taps.
// Hooks: [data-room="0310001A-cdi"]; in it data-do="open", data-do="prepare" then data-do="start"; data-do="sign-out", data-do="set-up" for administrators.
// Never: moving a room while the list is looked at: the order is the server's, and a room that did not change is not touched.
import { button } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { timeWords } from "../kit/clock.js";
import { make, setText } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { showPills } from "../kit/pills.js";
import { sessionForm } from "../kit/session-form.js";
import { counted, lang, t } from "../kit/texts.js";

const REFRESH_MS = 5_000;

/** @typedef {import("../kit/types.js").RoomLine} RoomLine */

class RoomList extends HTMLElement {
  /** @type {Map<string, RoomCard>} */
  #cards = new Map();
  #notice = make("p", { class: "notice", role: "status" });
  #schools = make("div", { class: "schools" });
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #timer;
  #awake = () => {
    if (document.visibilityState === "visible") void this.#refresh();
  };

  connectedCallback() {
    const out = button(t("web-sign-out"), { class: "quiet", do: "sign-out" });
    out.addEventListener("click", () => document.dispatchEvent(new Event("sign-out")));
    this.replaceChildren(
      make(
        "header",
        { class: "top" },
        make("div", { class: "brand" }, mark(), make("p", { class: "title" }, t("web-title"))),
        make("p", { class: "who" }, this.getAttribute("who")),
        this.hasAttribute("sets-up") &&
          make("a", { class: "button quiet", href: "/setup", "data-go": true, "data-do": "set-up" }, t("setup-title")),
        make("a", { href: "/logins", class: "button quiet", "data-go": true, "data-do": "logins" }, t("web-logins")),
        langSwitch(),
        out,
      ),
      make("main", {}, make("h1", {}, t("web-rooms")), this.#notice, this.#schools),
    );
    void this.#refresh();
    this.#timer = setInterval(this.#awake, REFRESH_MS);
    document.addEventListener("visibilitychange", this.#awake);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#awake);
  }

  async #refresh() {
    const answer = await ask("GET", "rooms");
    if (!this.isConnected) return;
    if (!answer.ok) {
      setText(this.#notice, answer.words);
      return;
    }
    setText(this.#notice, "");
    this.#show(/** @type {RoomLine[]} */ (answer.value));
  }

  /** @param {RoomLine[]} lines */
  #show(lines) {
    if (lines.length === 0) {
      this.#cards.clear();
      this.#schools.replaceChildren(make("p", { class: "empty" }, t("web-no-rooms")));
      return;
    }
    const keys = lines.map((line) => line.room);
    if (keys.join("\n") !== [...this.#cards.keys()].join("\n")) this.#lay(lines);
    for (const line of lines) this.#cards.get(line.room)?.show(line);
  }

  /**
   * Lays the sections out: only when a room came or went.
   * @param {RoomLine[]} lines
   */
  #lay(lines) {
    const old = this.#cards;
    this.#cards = new Map(lines.map((line) => [line.room, old.get(line.room) ?? new RoomCard(line)]));
    /** @type {Map<string, HTMLElement[]>} */
    const bySchool = new Map();
    for (const line of lines) {
      const card = this.#cards.get(line.room);
      if (card) bySchool.set(line.school, [...(bySchool.get(line.school) ?? []), card.node]);
    }
    this.#schools.replaceChildren(
      ...[...bySchool].map(([school, nodes]) =>
        make("section", { class: "school" }, make("h2", {}, school), make("div", { class: "cards" }, ...nodes)),
      ),
    );
  }
}
customElements.define("room-list", RoomList);

/** One room of the list. */
class RoomCard {
  node;
  #line;
  #said = "";
  #task = make("p", { class: "task" });
  #facts = make("p", { class: "facts" });
  #pills = make("ul", { class: "pills" });
  #calm = make("p", { class: "calm", hidden: true }, icon("yes"), t("web-calm"));
  #class = make("a", { href: "/", "data-go": true, "data-do": "class", class: "class-link", hidden: true });
  #start = make("div", { class: "start" });
  #open;

  /** @param {RoomLine} line */
  constructor(line) {
    this.#line = line;
    this.#open = make(
      "a",
      { href: `/rooms/${encodeURIComponent(line.room)}`, "data-go": true, "data-do": "open", class: "open" },
      line.name,
    );
    this.node = make(
      "article",
      { class: "room", "data-room": line.room },
      make("h3", {}, this.#open),
      this.#task,
      this.#facts,
      this.#pills,
      this.#class,
      this.#calm,
      this.#start,
    );
  }

  /** @param {RoomLine} line */
  show(line) {
    this.#line = line;
    const { bar } = line;
    const on = bar?.open ? bar : null;
    setText(this.#open, line.name);
    setText(this.#task, on ? on.task : t("web-no-session"));
    setText(this.#facts, on ? sessionFacts(on) : counted("web-seats", line.seats));
    showPills(this.#pills, on ? on.pills : []);
    this.#ofClass(on);
    this.#calm.hidden = on === null || on.pills.length > 0;
    const said = JSON.stringify([on !== null, line.may_open]);
    if (said === this.#said) return;
    this.#said = said;
    this.node.classList.toggle("on", on !== null);
    this.#start.replaceChildren(...(on === null && line.may_open ? [this.#prepare()] : []));
  }

  /** The way to the class's own view, when the session is a class's. @param {import("../kit/types.js").BarCard|null} bar */
  #ofClass(bar) {
    const name = bar?.class ?? "";
    if (this.#class.dataset.class === name) return;
    this.#class.dataset.class = name;
    this.#class.hidden = name === "";
    this.#class.href = `/class/${encodeURIComponent(name)}`;
    this.#class.replaceChildren(`${t("web-class")} `, make("bdi", {}, name));
  }

  #prepare() {
    const prepare = button(t("web-prepare"), { do: "prepare", name: this.#line.name });
    prepare.setAttribute("aria-expanded", "false");
    prepare.addEventListener("click", () => {
      const form = sessionForm(this.#line.room, () => {
        document.dispatchEvent(new CustomEvent("go", { detail: `/rooms/${encodeURIComponent(this.#line.room)}` }));
      });
      const cancel = button(t("web-cancel"), { class: "quiet", do: "cancel" });
      cancel.addEventListener("click", () => {
        const again = this.#prepare();
        this.#start.replaceChildren(again);
        again.focus();
      });
      form.querySelector("[data-do=start]")?.after(cancel);
      this.#start.replaceChildren(form);
      /** @type {HTMLElement|null} */ (form.querySelector("[data-do=start]"))?.focus();
    });
    return prepare;
  }
}

/** @param {import("../kit/types.js").BarCard} bar */
function sessionFacts(bar) {
  const present = counted("web-present", bar.present);
  return bar.ends_ms === null ? present : `${present} · ${t("web-until")} ${timeWords(bar.ends_ms, lang())}`;
}
