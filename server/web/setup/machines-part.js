// Owns: the machines of a room: the token by which they come in, those that wait with their code, and which is on which seat.
// Hooks: [data-room=ID]; data-do="make-token", "revoke"; [data-waiting=ID] with select[name=seat], data-do="seat", "refuse";
// [data-machine-seat=N]; [data-trouble=ID] with data-do="settle".
// Never: showing a token twice. A picture is asked for again and again while the page is looked at, and a part that a person is
// using is not drawn anew.
import { act, answerPlace, button } from "../kit/act.js";
import { ask, roomPath } from "../kit/api.js";
import { timeWords } from "../kit/clock.js";
import { dialog } from "../kit/dialog.js";
import { make, setText } from "../kit/dom.js";
import { field, onceShown, submit } from "../kit/fields.js";
import { icon } from "../kit/icons.js";
import { lang, t } from "../kit/texts.js";

/** @typedef {import("../kit/types.js").EnrolmentPicture} Picture */
/** @typedef {import("../kit/types.js").WaitingLine} Waiting */
/** @typedef {import("../kit/types.js").MachineSeat} MachineSeat */
/** @typedef {import("../kit/types.js").PlanRoom} PlanRoom */

const REFRESH_MS = 2_000;

/** @param {import("./set-up.js").Place} place */
export function machinesPart(place) {
  return new Machines(place).node;
}

class Machines {
  node = make("div", { class: "stack" });
  #place;
  #room = "";
  /** @type {PlanRoom[]} */
  #rooms = [];
  #choices = make("div", { class: "choose", role: "group", "aria-label": t("setup-part-rooms") });
  #notice = make("p", { class: "notice", role: "status" });
  #troubles = make("div", { class: "troubles" });
  #waiting = make("ul", { class: "waiting" });
  #nobody = make("p", { class: "empty" });
  #seats = make("div", { class: "machine-plan" });
  #tokens = make("ul", { class: "tokens" });
  /** @type {Picture|null} */
  #picture = null;
  /** @type {Map<string, WaitingCard>} */
  #cards = new Map();
  #heard = make("p", { class: "unseen", role: "status" });

  /** @param {import("./set-up.js").Place} place */
  constructor(place) {
    this.#place = place;
    this.node.append(this.#choices, this.#notice, make("div", { "aria-busy": "true" }));
    void this.#start();
  }

  async #start() {
    const answer = await ask("GET", `schools/${encodeURIComponent(this.#place.school)}/rooms`);
    if (this.#place.gone.aborted) return;
    if (!answer.ok) {
      setText(this.#notice, answer.words);
      return;
    }
    this.#rooms = /** @type {PlanRoom[]} */ (answer.value);
    const first = this.#rooms[0];
    if (!first) {
      this.node.replaceChildren(make("p", { class: "card empty" }, t("setup-machines-no-room")));
      return;
    }
    this.#choose(first.room);
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.#refresh();
    }, REFRESH_MS);
    this.#place.gone.addEventListener("abort", () => clearInterval(timer));
  }

  /** @param {string} room */
  #choose(room) {
    this.#room = room;
    this.#picture = null;
    this.#cards.clear();
    this.#waiting.replaceChildren();
    this.#seats.replaceChildren();
    this.#tokens.replaceChildren();
    this.#choices.replaceChildren(
      ...this.#rooms.map((one) => {
        const chip = make(
          "button",
          { type: "button", class: "chip", "data-room": one.room, "aria-pressed": String(one.room === room) },
          make("b", {}, one.name),
        );
        chip.addEventListener("click", () => this.#choose(one.room));
        return chip;
      }),
    );
    this.node.replaceChildren(
      this.#choices,
      this.#notice,
      this.#troubles,
      make(
        "section",
        { class: "card" },
        make("h2", {}, t("setup-token-title")),
        make("p", {}, t("setup-token-how")),
        this.#tokenForm(),
        this.#tokens,
      ),
      make("section", { class: "card" }, make("h2", {}, t("setup-waiting-title")), this.#nobody, this.#waiting),
      make("section", { class: "card" }, make("h2", {}, t("setup-machine-seats")), this.#seats),
      this.#heard,
    );
    void this.#refresh();
  }

  async #refresh() {
    const room = this.#room;
    const answer = await ask("GET", roomPath(room, "enrolment"));
    if (this.#place.gone.aborted || room !== this.#room) return;
    setText(this.#notice, answer.ok ? "" : answer.words);
    if (answer.ok) this.#show(/** @type {Picture} */ (answer.value));
  }

  /** @param {Picture} picture */
  #show(picture) {
    const before = this.#picture;
    this.#picture = picture;
    const changed = (/** @type {"tokens"|"seats"|"troubles"} */ part) => JSON.stringify(before?.[part]) !== JSON.stringify(picture[part]);
    if (changed("tokens"))
      this.#tokens.replaceChildren(...picture.tokens.filter((token) => token.state === "open").map((token) => this.#tokenLine(token)));
    if (changed("seats")) this.#showSeats(picture.seats);
    if (changed("troubles")) this.#troubles.replaceChildren(...picture.troubles.map((trouble) => this.#trouble(trouble)));
    this.#showWaiting(picture);
    if (before && (changed("seats") || before.waiting.length !== picture.waiting.length)) void this.#place.changed();
  }

  #tokenForm() {
    const uses = field("uses", t("setup-token-uses"), { type: "number", value: this.#freeSeats(), min: 1, max: 500, inputmode: "numeric" });
    const hours = field("hours", t("setup-token-hours"), {
      options: [
        ["4", t("setup-hours-4")],
        ["24", t("setup-hours-24")],
        ["168", t("setup-hours-168")],
      ],
      value: "24",
    });
    const go = button(t("setup-make-token"), { class: "go", do: "make-token", type: "submit" });
    const said = answerPlace();
    const shown = make("div", { class: "made", "aria-live": "polite" });
    const form = make(
      "form",
      { class: "token-form", novalidate: true },
      make("div", { class: "pair" }, uses.node, hours.node, go),
      said,
      shown,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = { uses: Number(uses.input.value), hours: Number(hours.input.value), seat: null };
      const answer = await submit(go, said, [uses, hours], () => ask("POST", roomPath(this.#room, "enrolment", "tokens"), body));
      if (!answer?.ok) return;
      const made = /** @type {{command: string}} */ (answer.value);
      shown.replaceChildren(make("p", {}, t("setup-token-made")), onceShown(made.command, t("setup-copy"), t("setup-copied")));
      await this.#refresh();
    });
    return form;
  }

  #freeSeats() {
    const room = this.#rooms.find((one) => one.room === this.#room);
    return Math.max(1, room?.seats.filter((seat) => !seat.machine).length ?? 1);
  }

  /** @param {import("../kit/types.js").TokenLine} token */
  #tokenLine(token) {
    const said = answerPlace();
    const revoke = button(t("setup-revoke"), { class: "quiet danger", do: "revoke" });
    revoke.addEventListener("click", async () => {
      const done = await act(revoke, said, () => ask("POST", roomPath(this.#room, "enrolment", "tokens", token.id, "revoke"), {}));
      if (done?.ok) await this.#refresh();
    });
    const ends = new Date(token.ends_ms).toLocaleString(lang(), { weekday: "long", hour: "2-digit", minute: "2-digit" });
    return make(
      "li",
      { "data-token": token.id },
      make("span", {}, make("b", {}, `${token.uses_left} / ${token.uses}`), ` ${t("setup-token-left")}`),
      make("small", {}, `${t("setup-token-until")} ${ends}${token.made_by ? ` · ${token.made_by}` : ""}`),
      said,
      revoke,
    );
  }

  /** @param {Picture} picture */
  #showWaiting(picture) {
    const now = new Map(picture.waiting.map((one) => [one.workstation, one]));
    for (const [id, card] of this.#cards) {
      if (now.has(id)) continue;
      card.node.remove();
      this.#cards.delete(id);
    }
    for (const one of picture.waiting) {
      let card = this.#cards.get(one.workstation);
      if (!card) {
        card = new WaitingCard(this, one);
        this.#cards.set(one.workstation, card);
        this.#waiting.append(card.node);
        setText(this.#heard, `${t("setup-machine-waits")} ${one.code}`);
      }
      card.show(one, picture.seats);
    }
    this.#nobody.hidden = picture.waiting.length > 0;
    setText(this.#nobody, t("setup-nobody-waits"));
  }

  /** @param {MachineSeat[]} seats */
  #showSeats(seats) {
    const plan = new Map(this.#rooms.find((one) => one.room === this.#room)?.seats.map((seat) => [seat.seat, seat.at]) ?? []);
    const placed = seats.every((seat) => plan.get(seat.seat));
    this.#seats.classList.toggle("placed", placed);
    this.#seats.replaceChildren(
      ...seats.map((seat) => {
        const state = seat.workstation === null ? "free" : seat.up ? "up" : "down";
        const words = t(`setup-seat-${state}`);
        const node = make(
          "button",
          { type: "button", class: `place ${state}`, "data-machine-seat": seat.seat, disabled: seat.workstation === null },
          make("b", {}, String(seat.seat)),
          make("span", { class: "host" }, seat.host ?? ""),
          make("span", { class: "state" }, icon(state === "up" ? "yes" : state === "down" ? "link" : "not_enrolled"), words),
        );
        const at = plan.get(seat.seat);
        node.style.setProperty("--column", String((at?.[0] ?? 0) + 1));
        node.style.setProperty("--row", String((at?.[1] ?? 0) + 1));
        node.addEventListener("click", () => this.#seatDialog(seat));
        return node;
      }),
    );
  }

  /** @param {MachineSeat} seat */
  #seatDialog(seat) {
    const id = seat.workstation;
    if (id === null) return;
    const said = answerPlace();
    const free = this.#picture?.seats.filter((one) => one.workstation === null) ?? [];
    const to = field("seat", t("setup-move-to"), {
      options: [["", "–"], ...free.map((one) => /** @type {[string, string]} */ ([String(one.seat), `${t("setup-seat")} ${one.seat}`]))],
    });
    const move = button(t("setup-move"), { do: "move" });
    const refuse = button(t("setup-take-off"), { class: "danger", do: "refuse" });
    const since =
      seat.enrolled_ms === null
        ? ""
        : `${t("setup-enrolled-on")} ${new Date(seat.enrolled_ms).toLocaleDateString(lang(), { day: "numeric", month: "long", year: "numeric" })}`;
    const shown = dialog(
      `${t("setup-seat")} ${seat.seat}${seat.host ? ` · ${seat.host}` : ""}`,
      "machine",
      make("p", {}, since),
      free.length > 0 ? make("div", { class: "pair" }, to.node, move) : "",
      make("p", {}, t("setup-take-off-why")),
      make("div", { class: "buttons end" }, said, refuse),
    );
    move.addEventListener("click", async () => {
      if (to.input.value === "") return;
      const done = await act(move, said, () => this.seat(id, Number(to.input.value), false));
      if (done?.ok) shown.close();
    });
    refuse.addEventListener("click", async () => {
      const done = await act(refuse, said, () => this.refuse(id));
      if (done?.ok) shown.close();
    });
  }

  /** @param {import("../kit/types.js").TroubleLine} trouble */
  #trouble(trouble) {
    const said = answerPlace();
    const settle = button(t("setup-settle"), { do: "settle" });
    settle.addEventListener("click", async () => {
      const done = await act(settle, said, () =>
        ask("POST", roomPath(this.#room, "enrolment", "workstations", trouble.workstation, "settle"), {}),
      );
      if (done?.ok) await this.#refresh();
    });
    return make(
      "section",
      { class: "card trouble", "data-trouble": trouble.workstation },
      icon("alert"),
      make("div", {}, make("p", {}, trouble.words), make("small", {}, timeWords(trouble.at_ms, lang()))),
      make("div", { class: "buttons" }, settle, said),
    );
  }

  /**
   * @param {string} workstation
   * @param {number} seat
   * @param {boolean} instead of the machine that is on it
   */
  async seat(workstation, seat, instead) {
    const answer = await ask("POST", roomPath(this.#room, "enrolment", "workstations", workstation, "seat"), { seat, instead });
    if (answer.ok) await this.#refresh();
    return answer;
  }

  /** @param {string} workstation */
  async refuse(workstation) {
    const answer = await ask("POST", roomPath(this.#room, "enrolment", "workstations", workstation, "refuse"), {});
    if (answer.ok) await this.#refresh();
    return answer;
  }
}

/** A machine that waits: its code, and the seat that an adult gives it. It stays as it is while a person chooses. */
class WaitingCard {
  node;
  #select = make("select", { name: "seat" });
  #facts = make("small", {});
  #options = "";

  /**
   * @param {Machines} machines
   * @param {Waiting} one
   */
  constructor(machines, one) {
    const said = answerPlace();
    this.#select.id = `seat-of-${one.workstation}`;
    const go = button(t("setup-to-seat"), { class: "go", do: "seat", name: one.code });
    const no = button(t("setup-refuse"), { class: "quiet danger", do: "refuse", name: one.code });
    go.addEventListener("click", async () => {
      const [seat, taken] = this.#select.value.split(" ");
      await act(go, said, () => machines.seat(one.workstation, Number(seat), taken === "taken"));
    });
    no.addEventListener("click", () => act(no, said, () => machines.refuse(one.workstation)));
    this.node = make(
      "li",
      { "data-waiting": one.workstation },
      make(
        "div",
        { class: "which" },
        make("b", { class: "code" }, one.code),
        make("span", {}, one.host ?? t("setup-no-host")),
        this.#facts,
      ),
      make(
        "div",
        { class: "buttons" },
        make("label", { for: this.#select.id, class: "unseen" }, `${t("setup-seat-for")} ${one.code}`),
        this.#select,
        go,
        no,
      ),
      said,
    );
  }

  /**
   * @param {Waiting} one
   * @param {MachineSeat[]} seats
   */
  show(one, seats) {
    const was = seats.find((seat) => seat.seat === one.was_seat);
    const words = one.was_seat === null ? "" : ` · ${t("setup-was-seat")} ${one.was_seat}`;
    setText(this.#facts, `${t(one.up ? "setup-link-up" : "setup-link-down")}${words}`);
    const free = seats.filter((seat) => seat.workstation === null);
    /** @type {[string, string][]} */
    const options = [
      ...(was?.workstation
        ? [/** @type {[string, string]} */ ([`${was.seat} taken`, `${t("setup-seat")} ${was.seat} · ${t("setup-instead")}`])]
        : []),
      ...free.map((seat) => /** @type {[string, string]} */ ([String(seat.seat), `${t("setup-seat")} ${seat.seat}`])),
    ];
    const now = JSON.stringify(options);
    if (now === this.#options) return;
    const first = this.#options === "";
    const chosen = first && was && !was.workstation ? String(was.seat) : this.#select.value;
    this.#options = now;
    this.#select.replaceChildren(...options.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
  }
}
