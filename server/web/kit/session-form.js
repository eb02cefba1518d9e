// Owns: the form that starts a session now, keeps it as a template or plans it: defaults are filled in, so the second tap may already
// start it; what is rarer lies under "more".
// Hooks: data-do="start", "template-save", "plan"; fields `task`, `minutes` (radio), `until`, `class`, `kind`, `sites`, `chat`,
// `adults`, `template`, `starts`, `weeks`. Never: a limit of a field; the server refuses beside it, in words. Next: planned-list.js.
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { ask, roomPath } from "./api.js";
import { choices } from "./choices.js";
import { minuteWords } from "./clock.js";
import { make } from "./dom.js";
import { dropDraft, keepDraft } from "./drafts.js";
import { plannedList } from "./planned-list.js";
import { sitesOf } from "./sites-form.js";
import { lang, t } from "./texts.js";

const KINDS = ["", "lesson", "study", "library", "exam", "club"];

let number = 0;

/**
 * @param {string} room
 * @param {() => void} then once the session has started
 */
export function sessionForm(room, then) {
  number += 1;
  const form = new SessionForm(room, then, number);
  return form.node;
}

class SessionForm {
  node;
  #room;
  #then;
  #n;
  #key;
  #task;
  #minutes;
  #until;
  #chat;
  #class;
  #kind;
  #sites;
  #adults = make("div", { class: "adults" });
  #adultsPart;
  #template;
  #templatePart;
  #charter = make("p", { class: "charter" });
  #planned = make("div", { class: "planned" });
  #place = answerPlace();
  #start = button(t("web-start"), { class: "go", do: "start", type: "submit" });

  /**
   * @param {string} room
   * @param {() => void} then
   * @param {number} n
   */
  constructor(room, then, n) {
    this.#room = room;
    this.#then = then;
    this.#n = n;
    this.#key = `session/${room}`;
    this.#task = make("input", { id: `task-${n}`, name: "task", maxlength: 200, autocomplete: "off", enterkeyhint: "go" });
    keepDraft(this.#task, this.#key, t("web-task-default"));
    this.#minutes = choices(
      `minutes-${n}`,
      "minutes",
      t("web-minutes"),
      [30, 45, 55, 90].map((m) => [m, minuteWords(m, lang())]),
      55,
    );
    this.#until = make("input", { id: `until-${n}`, name: "until", type: "time" });
    this.#chat = make("input", { id: `chat-${n}`, name: "chat", type: "checkbox", class: "switch", role: "switch" });
    this.#class = make("input", { id: `class-${n}`, name: "class", maxlength: 40, autocomplete: "off", list: `classes-${n}` });
    this.#kind = make("select", { id: `kind-${n}`, name: "kind" });
    for (const kind of KINDS) this.#kind.append(make("option", { value: kind }, t(kind === "" ? "web-kind-none" : `web-kind-${kind}`)));
    this.#sites = make("textarea", { id: `sites-${n}`, name: "sites", rows: 2, spellcheck: "false", autocapitalize: "off", dir: "ltr" });
    keepDraft(this.#sites, `${this.#key}/sites`);
    this.#template = make("select", { id: `template-${n}`, name: "template" }, make("option", { value: "" }, t("web-template-none")));
    this.#templatePart = make(
      "div",
      { class: "field", hidden: true },
      make("label", { for: this.#template.id }, t("web-template")),
      this.#template,
    );
    this.#adultsPart = make("fieldset", { class: "field", hidden: true }, make("legend", {}, t("web-adults")), this.#adults);
    this.node = this.#form();
    void this.#load();
  }

  #form() {
    const n = this.#n;
    const field = (/** @type {string} */ words, /** @type {HTMLElement} */ input, /** @type {Node|null} */ more = null) =>
      make("div", { class: "field" }, make("label", { for: input.id }, words), input, more);
    const form = make(
      "form",
      { class: "session-form", novalidate: true },
      this.#templatePart,
      make("label", { for: this.#task.id }, t("web-task")),
      this.#task,
      this.#minutes.node,
      make("div", { class: "two" }, field(t("web-class"), this.#class), field(t("web-kind"), this.#kind)),
      make("datalist", { id: `classes-${n}` }),
      make("div", { class: "switch-line" }, make("label", { for: this.#chat.id }, t("web-chat")), this.#chat),
      make(
        "details",
        { class: "more-fields" },
        make("summary", { "data-do": "more-fields" }, t("web-more-fields")),
        field(t("web-until-time"), this.#until),
        field(t("web-sites"), this.#sites, make("p", { class: "more" }, t("web-sites-more"))),
        this.#adultsPart,
        this.#later(),
        this.#keep(),
        this.#planned,
      ),
      this.#charter,
      this.#start,
      this.#place,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#begin();
    });
    this.#template.addEventListener("change", () => this.#fill());
    return form;
  }

  #later() {
    const starts = make("input", { id: `starts-${this.#n}`, name: "starts", type: "datetime-local" });
    const weeks = make("input", { id: `weeks-${this.#n}`, name: "weeks", type: "number", min: 1, max: 40, value: 1, inputmode: "numeric" });
    const plan = button(t("web-plan-session"), { do: "plan" });
    const place = answerPlace();
    plan.addEventListener("click", async () => {
      if (starts.value === "") {
        sayAnswer(place, t("web-starts-needed"));
        starts.focus();
        return;
      }
      const body = { starts: starts.value, weeks: Number(weeks.value) || 1, session: this.#session() };
      const answer = await act(plan, place, () => ask("POST", roomPath(this.#room, "plans"), body));
      if (!answer?.ok) return this.#beside(answer);
      sayAnswer(place, t("web-planned"), "yes");
      await this.#load();
    });
    return make(
      "fieldset",
      { class: "field later" },
      make("legend", {}, t("web-later")),
      make("label", { for: starts.id }, t("web-starts")),
      starts,
      make("label", { for: weeks.id }, t("web-weeks")),
      weeks,
      plan,
      place,
    );
  }

  #keep() {
    const name = make("input", { id: `name-${this.#n}`, name: "name", maxlength: 40, autocomplete: "off" });
    const save = button(t("web-template-save"), { do: "template-save" });
    const place = answerPlace();
    save.addEventListener("click", async () => {
      if (name.value.trim() === "") {
        sayAnswer(place, t("web-template-name-needed"));
        name.focus();
        return;
      }
      const body = { name: name.value.trim(), session: this.#session() };
      const answer = await act(save, place, () => ask("POST", roomPath(this.#room, "templates"), body));
      if (!answer?.ok) return this.#beside(answer);
      sayAnswer(place, t("web-template-kept"), "yes");
      name.value = "";
      await this.#load();
    });
    return make(
      "div",
      { class: "field" },
      make("label", { for: name.id }, t("web-template-name")),
      make("div", { class: "with-save" }, name, save),
      place,
    );
  }

  async #load() {
    const answer = await ask("GET", roomPath(this.#room, "prepare"), undefined, { quiet: true });
    if (!answer.ok) return;
    this.#offered = /** @type {import("./types.js").Prepare} */ (answer.value);
    const { charter, adults, classes, templates, plans } = this.#offered;
    this.#charter.textContent = charter === null ? t("web-no-charter") : `${t("web-charter")} : ${charter.title} · ${charter.version}`;
    this.node.querySelector("datalist")?.replaceChildren(...classes.map(([name]) => make("option", { value: name })));
    const chosen = new Set(this.#chosen());
    this.#adults.replaceChildren(
      ...adults.map((adult) => {
        const id = `adult-${this.#n}-${adult.staff}`;
        const box = make("input", { id, type: "checkbox", name: "adults", value: adult.staff, checked: chosen.has(adult.staff) });
        return make("div", { class: "check" }, box, make("label", { for: id }, make("bdi", {}, adult.name)));
      }),
    );
    this.#adultsPart.hidden = adults.length === 0;
    this.#templatePart.hidden = templates.length === 0;
    const which = this.#template.value;
    this.#template.replaceChildren(
      make("option", { value: "" }, t("web-template-none")),
      ...templates.map((kept) => make("option", { value: kept.template, selected: kept.template === which }, kept.name)),
    );
    this.#planned.replaceChildren(...plannedList(this.#room, plans, () => void this.#load()));
  }
  /** @type {import("./types.js").Prepare|null} */
  #offered = null;

  #chosen() {
    return [...this.#adults.querySelectorAll("input:checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
  }

  /** Takes over a template; every field can still be changed. */
  #fill() {
    const kept = this.#offered?.templates.find((one) => one.template === this.#template.value)?.session;
    if (!kept) return;
    this.#task.value = kept.task;
    this.#class.value = kept.class ?? "";
    this.#kind.value = kept.kind ?? "";
    this.#sites.value = (kept.sites ?? []).join("\n");
    this.#chat.checked = kept.chat ?? false;
    this.#until.value = kept.until ?? "";
    this.#minutes.choose(kept.minutes ?? 55);
    const adults = new Set(kept.adults ?? []);
    for (const box of this.#adults.querySelectorAll("input")) box.checked = adults.has(box.value);
  }

  /** @returns {import("./types.js").NewSession} */
  #session() {
    const until = this.#until.value;
    return {
      task: this.#task.value.trim(),
      ...(until === "" ? { minutes: this.#minutes.value() } : { until }),
      chat: this.#chat.checked,
      class: this.#class.value.trim(),
      kind: this.#kind.value,
      sites: sitesOf(this.#sites.value),
      adults: this.#chosen(),
    };
  }

  async #begin() {
    const session = this.#session();
    if (session.task === "") {
      sayAnswer(this.#place, t("web-task-needed"));
      this.#task.focus();
      return;
    }
    const answer = await act(this.#start, this.#place, () => ask("POST", roomPath(this.#room, "session"), session));
    if (!answer?.ok) return this.#beside(answer);
    dropDraft(this.#key);
    dropDraft(`${this.#key}/sites`);
    this.#then();
  }

  /** Leads to the field that the server named. @param {import("./api.js").Answer<unknown>|null} answer */
  #beside(answer) {
    if (!answer || answer.ok || !answer.field) return;
    const field = this.node.querySelector(`[name="${answer.field}"]`);
    if (!(field instanceof HTMLElement)) return;
    const more = field.closest("details");
    if (more) more.open = true;
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
    field.focus();
  }
}
