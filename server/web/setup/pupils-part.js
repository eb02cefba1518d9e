// Owns: the school's pupils: a roster that is looked at before it is applied, and the classes as they are.
// Hooks: input[type=file][name=file]; radios named scope; [data-preview] with lists [data-list=added|moved|changed|back|missing];
// data-do="apply"; [data-class] in the list.
// Never: keeping a file: it is sent to be looked at, and sent again to be applied.
import { answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { make } from "../kit/dom.js";
import { submit } from "../kit/fields.js";
import { icon } from "../kit/icons.js";
import { counted, lang, t } from "../kit/texts.js";

/** @typedef {import("../kit/types.js").RosterPreview} Preview */
/** @typedef {import("../kit/types.js").Difference} Difference */
/** @typedef {import("../kit/types.js").PupilLine} PupilLine */

/** Lists of differences, in the order in which they are read; long ones open on demand. */
const LISTS = /** @type {const} */ (["missing", "moved", "changed", "back", "added"]);
const SHOWN_AT_ONCE = 12;
/** What the server takes, bytes. */
const FILE_MAX = 2 * 1024 * 1024;

/** @param {import("./set-up.js").Place} place */
export function pupilsPart(place) {
  const list = make("section", { class: "card", "aria-busy": "true" }, make("h2", {}, t("setup-pupils-now")));
  const again = () => showPupils(place, list);
  void again();
  return make("div", { class: "stack" }, rosterForm(place, again), list);
}

/**
 * @param {import("./set-up.js").Place} place
 * @param {() => Promise<void>} applied
 */
function rosterForm(place, applied) {
  const path = `schools/${encodeURIComponent(place.school)}/roster`;
  const file = make("input", {
    type: "file",
    id: "roster-file",
    name: "file",
    accept: ".csv,.txt,text/csv,text/plain",
    "aria-describedby": "roster-hint",
  });
  const name = make("span", { class: "file-name" }, t("setup-roster-choose"));
  const said = answerPlace();
  const preview = make("div", { class: "preview", "data-preview": "", "aria-live": "polite" });
  const scopes = make("fieldset", { class: "choices scope" }, make("legend", {}, t("setup-scope")));
  for (const [at, scope] of ["school", "classes"].entries()) {
    const radio = make("input", { type: "radio", id: `scope-${scope}`, name: "scope", value: scope, checked: at === 0 });
    scopes.append(radio, make("label", { for: radio.id }, t(`setup-scope-${scope}`)));
  }
  /** What was read of the chosen file: it may change on the disk meanwhile, and what is applied is what was looked at. */
  let chosen = new Blob();
  const take = async (/** @type {File|undefined} */ given) => {
    if (!given) return;
    // The same file, corrected, can be chosen again.
    file.value = "";
    name.textContent = given.name;
    if (given.size === 0 || given.size > FILE_MAX) {
      preview.replaceChildren();
      sayAnswer(said, given.size === 0 ? t("roster-empty") : t("setup-roster-too-big"));
      return;
    }
    chosen = new Blob([await given.arrayBuffer()]);
    await look();
  };
  const look = async () => {
    if (chosen.size === 0) return;
    preview.setAttribute("aria-busy", "true");
    sayAnswer(said, "", "yes");
    const scope = new FormData(form).get("scope");
    const answer = await ask("POST", `${path}/try?scope=${scope}`, chosen);
    preview.removeAttribute("aria-busy");
    if (!answer.ok) {
      preview.replaceChildren();
      sayAnswer(said, answer.words);
      return;
    }
    const seen = /** @type {Preview} */ (answer.value);
    preview.replaceChildren(
      ...(seen.faults.length > 0 ? faults(seen) : differences(seen, place.view().pupils)),
      ...(isChange(seen) ? [applyLine(seen, () => ask("POST", `${path}/apply?scope=${scope}&seen=${seen.seen}`, chosen), done)] : []),
    );
  };
  const done = async (/** @type {string} */ words) => {
    preview.replaceChildren();
    chosen = new Blob();
    name.textContent = t("setup-roster-choose");
    sayAnswer(said, words, "yes");
    await Promise.all([place.changed(), applied()]);
  };
  file.addEventListener("change", () => void take(file.files?.[0]));
  scopes.addEventListener("change", () => void look());
  const drop = make(
    "label",
    { for: file.id, class: "drop" },
    icon("file"),
    name,
    make("small", { id: "roster-hint" }, t("setup-roster-hint")),
  );
  const form = make(
    "form",
    { class: "card roster", novalidate: true },
    make("h2", {}, t("setup-roster")),
    scopes,
    make("div", { class: "drop-zone" }, file, drop),
    said,
    preview,
  );
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

/** @param {Preview} seen */
function isChange(seen) {
  return seen.faults.length === 0 && LISTS.some((list) => seen[list].length > 0);
}

/** @param {Preview} seen */
function faults(seen) {
  const lines = seen.faults.map((fault) =>
    make(
      "tr",
      {},
      make("td", {}, String(fault.line)),
      make("td", {}, fault.column === null ? "–" : String(fault.column)),
      make("td", {}, fault.words),
    ),
  );
  const head = make("tr", {}, ...["line", "column", "fault"].map((one) => make("th", { scope: "col" }, t(`setup-roster-${one}`))));
  return [
    make("p", { class: "notice" }, counted("setup-roster-faults", seen.faults.length)),
    make(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": t("setup-roster-faults-list") },
      make("table", { class: "faults" }, make("thead", {}, head), make("tbody", {}, ...lines)),
    ),
  ];
}

/**
 * @param {Preview} seen
 * @param {number} known pupils of the school now
 */
function differences(seen, known) {
  const columns = Object.entries(seen.heads).map(([field, head]) => `${t(`roster-field-${field}`)} ← « ${head} »`);
  const facts = [counted("setup-roster-rows", seen.rows), counted("setup-roster-same", seen.same), seen.encoding.toUpperCase()];
  const many = known > 0 && seen.missing.length > Math.max(5, known * 0.2);
  return [
    make("p", { class: "facts" }, facts.join(" · ")),
    make("p", { class: "facts" }, columns.join(" · ")),
    isChange(seen) ? null : make("p", { class: "calm" }, icon("yes"), t("setup-roster-no-change")),
    many ? make("p", { class: "notice" }, t("setup-roster-many-missing")) : null,
    ...LISTS.filter((list) => seen[list].length > 0).map((list) => differenceList(list, seen[list])),
  ].filter((node) => node !== null);
}

/**
 * @param {string} list
 * @param {Difference[]} lines
 */
function differenceList(list, lines) {
  const items = lines.map((line) => {
    const what = list === "moved" ? `${line.was} → ${line.class}` : line.class;
    const was = list === "changed" && line.was ? make("s", {}, line.was) : null;
    return make("li", {}, make("b", {}, line.name), was, make("span", {}, what), line.account ? make("small", {}, line.account) : null);
  });
  return make(
    "details",
    { class: `difference ${list}`, "data-list": list, open: lines.length <= SHOWN_AT_ONCE },
    make("summary", {}, counted(`setup-roster-${list}`, lines.length)),
    list === "missing" ? make("p", { class: "hint" }, t("setup-roster-missing-hint")) : null,
    make("ul", {}, ...items),
  );
}

/**
 * @param {Preview} seen
 * @param {() => Promise<import("../kit/api.js").Answer<unknown>>} run
 * @param {(words: string) => Promise<void>} done
 */
function applyLine(seen, run, done) {
  const apply = button(t("setup-roster-apply"), { class: "go", do: "apply" });
  const said = answerPlace();
  apply.addEventListener("click", async () => {
    const answer = await submit(apply, said, [], run);
    if (!answer?.ok) return;
    const counts = LISTS.filter((list) => seen[list].length > 0).map((list) => counted(`setup-roster-${list}`, seen[list].length));
    await done(`${t("setup-roster-applied")} ${counts.join(", ")}.`);
  });
  return make("div", { class: "buttons end" }, said, apply);
}

/**
 * @param {import("./set-up.js").Place} place
 * @param {HTMLElement} card
 */
async function showPupils(place, card) {
  const answer = await ask("GET", `schools/${encodeURIComponent(place.school)}/pupils`);
  if (place.gone.aborted) return;
  card.removeAttribute("aria-busy");
  const title = make("h2", {}, t("setup-pupils-now"));
  if (!answer.ok) {
    card.replaceChildren(title, make("p", { class: "notice", role: "status" }, answer.words));
    return;
  }
  const pupils = /** @type {{pupils: PupilLine[]}} */ (answer.value).pupils;
  const here = pupils.filter((one) => one.erased_ms === null);
  const left = pupils.filter((one) => one.erased_ms !== null);
  const classes = [...new Set(here.map((one) => one.class))].sort((one, other) => one.localeCompare(other, lang(), { numeric: true }));
  card.replaceChildren(
    title,
    ...(here.length === 0 ? [make("p", { class: "empty" }, t("setup-pupils-empty"))] : []),
    ...classes.map((name) => {
      const some = here.filter((one) => one.class === name);
      return classList(name, some);
    }),
    ...(left.length > 0 ? [leftList(left)] : []),
  );
}

/**
 * @param {string} name
 * @param {PupilLine[]} pupils
 */
function classList(name, pupils) {
  const without = pupils.filter((one) => one.account === null).length;
  return make(
    "details",
    { class: "class", "data-class": name },
    make(
      "summary",
      {},
      make("b", {}, name),
      make("span", {}, counted("setup-pupils", pupils.length)),
      without > 0 ? make("small", {}, counted("setup-without-account", without)) : null,
    ),
    make("ul", {}, ...pupils.map((one) => make("li", {}, one.name, make("small", {}, one.account ?? t("setup-no-account"))))),
  );
}

/** @param {PupilLine[]} pupils */
function leftList(pupils) {
  const day = (/** @type {number} */ ms) => new Date(ms).toLocaleDateString(lang(), { day: "numeric", month: "long" });
  return make(
    "details",
    { class: "class left", "data-class": "" },
    make("summary", {}, make("b", {}, t("setup-left")), make("span", {}, counted("setup-pupils", pupils.length))),
    make("p", { class: "hint" }, t("setup-left-hint")),
    make(
      "ul",
      {},
      ...pupils.map((one) => make("li", {}, one.name, make("small", {}, `${t("setup-erased-on")} ${day(one.erased_ms ?? 0)}`))),
    ),
  );
}
