// Owns: the shell of the set-up: which school, which matter, how far each is, and the way from one to the next.
// Hooks: nav [data-part=school|rooms|staff|pupils|machines]; data-do="next".
// Never: a matter's own content. Next: school-part.js, rooms-part.js, staff-part.js, pupils-part.js, machines-part.js.
import { button } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { make, setText, unseen } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { counted, t } from "../kit/texts.js";
import { machinesPart } from "./machines-part.js";
import { pupilsPart } from "./pupils-part.js";
import { roomsPart } from "./rooms-part.js";
import { schoolPart } from "./school-part.js";
import { staffPart } from "./staff-part.js";

/** @typedef {import("../kit/types.js").SchoolView} SchoolView */

/**
 * What a matter is made from.
 * @typedef {object} Place
 * @property {string} school
 * @property {() => SchoolView} view the school in counts, as last read
 * @property {() => Promise<void>} changed reads the counts again
 * @property {AbortSignal} gone aborted when the matter leaves the document
 */

/** @type {Record<string, {icon: string, make: (place: Place) => Node, done: (view: SchoolView) => boolean, line: (view: SchoolView) => string}>} */
const parts = {
  school: {
    icon: "school",
    make: schoolPart,
    done: (view) => view.charter,
    line: (view) => (view.charter ? view.name : t("setup-no-charter")),
  },
  rooms: {
    icon: "plan",
    make: roomsPart,
    done: (view) => view.seats > 0,
    line: (view) => (view.rooms === 0 ? t("setup-no-rooms") : `${counted("setup-rooms", view.rooms)}, ${counted("web-seats", view.seats)}`),
  },
  staff: {
    icon: "people",
    make: staffPart,
    done: (view) => view.openers > 0,
    line: (view) => (view.openers === 0 ? t("setup-no-openers") : counted("setup-adults", view.staff)),
  },
  pupils: {
    icon: "pupil",
    make: pupilsPart,
    done: (view) => view.pupils > 0,
    line: (view) =>
      view.pupils === 0 ? t("setup-no-pupils") : `${counted("setup-pupils", view.pupils)}, ${counted("setup-classes", view.classes)}`,
  },
  machines: {
    icon: "machine",
    make: machinesPart,
    done: (view) => view.machines > 0,
    line: (view) => {
      if (view.waiting > 0) return counted("setup-waiting", view.waiting);
      return view.machines === 0 ? t("setup-no-machines") : counted("setup-machines", view.machines);
    },
  },
};

class SetUp extends HTMLElement {
  #gone = new AbortController();
  /** @type {SchoolView|null} */
  #view = null;
  /** @type {Map<string, {shape: HTMLElement, line: HTMLElement, link: HTMLElement}>} */
  #steps = new Map();

  connectedCallback() {
    void this.#show();
  }

  disconnectedCallback() {
    this.#gone.abort();
  }

  /** @returns {Promise<void>} */
  async #show() {
    const school = this.getAttribute("school");
    if (school === null) return this.#choose();
    const answer = await ask("GET", `schools/${encodeURIComponent(school)}`);
    if (!this.isConnected) return;
    if (!answer.ok) return this.#refused(answer.words);
    const view = /** @type {SchoolView} */ (answer.value);
    this.#view = view;
    const names = Object.keys(parts);
    const asked = this.getAttribute("part") ?? "";
    const part = names.includes(asked) ? asked : (names.find((name) => !parts[name]?.done(view)) ?? "school");
    const place = { school, view: () => this.#view ?? view, changed: () => this.#read(school), gone: this.#gone.signal };
    const next = names[names.indexOf(part) + 1];
    const main = make(
      "main",
      { id: "part", "data-part": part },
      make("h1", {}, t(`setup-part-${part}`)),
      make("p", { class: "lead" }, t(`setup-lead-${part}`)),
      parts[part]?.make(place),
      make(
        "footer",
        { class: "onward" },
        next
          ? make(
              "a",
              { class: "button", href: `/setup/${encodeURIComponent(school)}/${next}`, "data-go": true, "data-do": "next" },
              t(`setup-part-${next}`),
              icon("next"),
            )
          : make("a", { class: "button", href: "/", "data-go": true, "data-do": "next" }, t("setup-to-rooms"), icon("next")),
      ),
    );
    this.replaceChildren(this.#top(view.name), make("div", { class: "body" }, this.#nav(school, part), main));
    this.#mark(view);
  }

  /** @param {string} name */
  #top(name) {
    const out = button(t("web-sign-out"), { class: "quiet", do: "sign-out" });
    out.addEventListener("click", () => document.dispatchEvent(new Event("sign-out")));
    return make(
      "header",
      { class: "top" },
      make("a", { class: "brand", href: "/", "data-go": true, "aria-label": t("web-rooms") }, mark()),
      make("p", { class: "title" }, t("setup-title"), make("small", {}, name)),
      make("a", { class: "button quiet", href: "/", "data-go": true }, t("web-rooms")),
      langSwitch(),
      out,
    );
  }

  /**
   * @param {string} school
   * @param {string} part
   */
  #nav(school, part) {
    const items = Object.entries(parts).map(([name, { icon: shape }]) => {
      const line = make("span", { class: "line" });
      const state = make("span", { class: "state" }, icon(shape));
      const link = make(
        "a",
        {
          href: `/setup/${encodeURIComponent(school)}/${name}`,
          "data-go": true,
          "data-part": name,
          "aria-current": name === part ? "page" : null,
        },
        state,
        make("span", { class: "words" }, make("b", {}, t(`setup-part-${name}`)), line),
      );
      this.#steps.set(name, { shape: state, line, link });
      return make("li", {}, link);
    });
    return make("nav", { class: "steps", "aria-label": t("setup-steps") }, make("ol", {}, ...items));
  }

  /** @param {SchoolView} view */
  #mark(view) {
    for (const [name, step] of this.#steps) {
      const part = parts[name];
      if (!part) continue;
      const done = part.done(view);
      step.link.dataset.done = done ? "yes" : "no";
      step.shape.replaceChildren(icon(done ? "yes" : part.icon), unseen(t(done ? "setup-done" : "setup-to-do")));
      setText(step.line, part.line(view));
    }
  }

  /** @param {string} school */
  async #read(school) {
    const answer = await ask("GET", `schools/${encodeURIComponent(school)}`);
    if (!answer.ok || !this.isConnected) return;
    this.#view = /** @type {SchoolView} */ (answer.value);
    this.#mark(this.#view);
  }

  /**
   * With one school there is nothing to choose.
   * @returns {Promise<void>}
   */
  async #choose() {
    const answer = await ask("GET", "schools");
    if (!this.isConnected) return;
    if (!answer.ok) return this.#refused(answer.words);
    const schools = /** @type {{school: string, name: string}[]} */ (answer.value);
    const only = schools.length === 1 ? schools[0] : null;
    if (only) {
      history.replaceState(null, "", `/setup/${encodeURIComponent(only.school)}`);
      this.setAttribute("school", only.school);
      return this.#show();
    }
    const lines = schools.map((one) =>
      make(
        "li",
        {},
        make(
          "a",
          { class: "button", href: `/setup/${encodeURIComponent(one.school)}`, "data-go": true },
          one.name,
          make("small", {}, one.school),
        ),
      ),
    );
    this.replaceChildren(
      this.#top(""),
      make(
        "div",
        { class: "body" },
        make("main", {}, make("h1", {}, t("setup-which-school")), make("ul", { class: "schools-list" }, ...lines)),
      ),
    );
  }

  /** @param {string} words */
  #refused(words) {
    this.replaceChildren(
      this.#top(""),
      make(
        "div",
        { class: "body" },
        make("main", {}, make("h1", {}, t("setup-title")), make("p", { class: "notice", role: "status" }, words)),
      ),
    );
  }
}
customElements.define("set-up", SetUp);
