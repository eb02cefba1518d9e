// Owns: the school's rooms: choosing one, its name, its plan, adding and taking away.
// Hooks: [data-room=ID] and data-do="add-room" to choose; input named name; data-do="save", "undo", "remove-room".
// Never: losing a drawing that is not saved: it waits in memory until it is saved or undone. Next: plan-editor.js.
import { answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask, roomPath } from "../kit/api.js";
import { dialog } from "../kit/dialog.js";
import { make, setText } from "../kit/dom.js";
import { faultSayer, field, submit } from "../kit/fields.js";
import { icon } from "../kit/icons.js";
import { counted, t } from "../kit/texts.js";
import { PlanEditor } from "./plan-editor.js";

/** @typedef {import("../kit/types.js").PlanRoom} PlanRoom */
/** @typedef {import("../kit/types.js").PlanSeat} PlanSeat */

/** What is drawn and not yet saved, by school and room. @type {Map<string, {name: string, seats: PlanSeat[]}>} */
const drawings = new Map();
const NEW = "";

/** @param {import("./set-up.js").Place} place */
export function roomsPart(place) {
  return new Rooms(place).node;
}

class Rooms {
  node = make("div", { class: "stack" });
  #place;
  /** @type {PlanRoom[]} */
  #rooms = [];
  #choices = make("div", { class: "choose", role: "group", "aria-label": t("setup-part-rooms") });
  #shown = make("div", { "aria-busy": "true" });

  /** @param {import("./set-up.js").Place} place */
  constructor(place) {
    this.#place = place;
    this.node.append(this.#choices, this.#shown);
    void this.#read(null);
  }

  /** @param {string|null} choose the room to show; null: the first */
  async #read(choose) {
    const answer = await ask("GET", `schools/${encodeURIComponent(this.#place.school)}/rooms`);
    if (this.#place.gone.aborted) return;
    this.#shown.removeAttribute("aria-busy");
    if (!answer.ok) {
      this.#shown.replaceChildren(make("p", { class: "notice", role: "status" }, answer.words));
      return;
    }
    this.#rooms = /** @type {PlanRoom[]} */ (answer.value);
    this.#choose(choose ?? this.#rooms[0]?.room ?? NEW);
  }

  /** @param {string} room */
  #choose(room) {
    const chips = this.#rooms.map((one) => {
      const chip = make(
        "button",
        { type: "button", class: "chip", "data-room": one.room, "aria-pressed": String(one.room === room) },
        make("b", {}, one.name),
        make("small", {}, counted("web-seats", one.seats.length)),
      );
      chip.addEventListener("click", () => this.#choose(one.room));
      return chip;
    });
    const add = make(
      "button",
      { type: "button", class: "chip add", "data-do": "add-room", "aria-pressed": String(room === NEW) },
      icon("add"),
      t("setup-add-room"),
    );
    add.addEventListener("click", () => this.#choose(NEW));
    this.#choices.replaceChildren(...chips, add);
    this.#shown.replaceChildren(this.#form(this.#rooms.find((one) => one.room === room) ?? null));
  }

  /** @param {PlanRoom|null} room null: a new one */
  #form(room) {
    const key = `${this.#place.school}/${room?.room ?? NEW}`;
    const draft = drawings.get(key);
    const saved = { name: room?.name ?? "", seats: room?.seats ?? [] };
    const name = field("name", t("setup-room-name"), { value: draft?.name ?? saved.name, placeholder: "CDI", maxlength: 80 });
    const editor = new PlanEditor(draft?.seats ?? saved.seats);
    const fault = make("p", { class: "fault" });
    const seats = { name: "seats", say: faultSayer(editor.node, fault) };
    const save = button(t(room ? "setup-save-plan" : "setup-make-room"), { class: "go", do: "save", type: "submit" });
    const undo = button(t("setup-undo"), { class: "quiet", do: "undo" });
    const said = answerPlace();
    const dirty = make("p", { class: "dirty", role: "status" });
    const mark = () => setText(dirty, drawings.has(key) ? t("setup-not-saved") : "");
    const keep = () => {
      drawings.set(key, { name: name.input.value, seats: editor.drawing });
      undo.hidden = false;
      seats.say("");
      sayAnswer(said, "", "yes");
      mark();
    };
    editor.onChange = keep;
    name.input.addEventListener("input", keep);
    undo.hidden = draft === undefined;
    mark();
    undo.addEventListener("click", () => {
      drawings.delete(key);
      this.#choose(room?.room ?? NEW);
    });
    const remove = room && button(t("setup-remove-room"), { class: "quiet danger", do: "remove-room" });
    if (room) remove?.addEventListener("click", () => this.#remove(room));
    const form = make(
      "form",
      { class: "card", novalidate: true },
      name.node,
      room?.open ? make("p", { class: "notice" }, t("setup-room-open")) : null,
      editor.node,
      fault,
      make("div", { class: "buttons end" }, remove, dirty, said, undo, save),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = { name: name.input.value, seats: editor.seats };
      const path = room ? roomPath(room.room, "plan") : `schools/${encodeURIComponent(this.#place.school)}/rooms`;
      const answer = await submit(save, said, [name, seats], () => ask("POST", path, body));
      if (!answer?.ok) return;
      drawings.delete(key);
      const made = room?.room ?? /** @type {{room: string}} */ (answer.value).room;
      await this.#place.changed();
      await this.#read(made);
      const place = this.#shown.querySelector(".answer");
      if (place instanceof HTMLElement) sayAnswer(place, t("setup-saved"), "yes");
    });
    return form;
  }

  /** @param {PlanRoom} room */
  #remove(room) {
    const yes = button(t("setup-remove-room"), { class: "go danger", do: "yes" });
    const said = answerPlace();
    const shown = dialog(
      `${t("setup-remove-room")} : ${room.name}`,
      "remove-room",
      make("p", {}, t("setup-remove-room-why")),
      make("div", { class: "buttons end" }, said, yes),
    );
    yes.addEventListener("click", async () => {
      const answer = await submit(yes, said, [], () => ask("POST", roomPath(room.room, "remove"), {}));
      if (!answer?.ok) return;
      shown.close();
      drawings.delete(`${this.#place.school}/${room.room}`);
      await this.#place.changed();
      await this.#read(null);
    });
  }
}
