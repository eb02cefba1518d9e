// Owns: showing what the agent says, and sending what the pupil asks. Every word comes from the agent or from the page.
// Never: HTML from a string, a decision. The agent sends the whole panel at each change; a part is drawn again only when it changed.

/**
 * @typedef {object} Panel
 * @property {string} lang
 * @property {string} state
 * @property {{is: string, words: string}} link
 * @property {boolean} session
 * @property {string} why
 * @property {string} code
 * @property {string} trouble
 * @property {string} locked
 * @property {number|null} ends_ms
 * @property {string} task
 * @property {string} adults
 * @property {string[]} seen
 * @property {string} erased
 * @property {{article: string, words: string}[]} rules
 * @property {{asked: boolean, accepted: boolean}} charter
 * @property {{open: boolean, words: string}} help
 * @property {{id: string, name: string}[]} channels
 * @property {{at_ms: number, from: string, text: string, mine: boolean}[]} chat
 * @property {{command: string|null, at_ms: number, from: string, text: string}[]} messages
 * @property {{alert: number, at_ms: number, words: string, evidence: string, article: string, state: string, state_words: string, contestable: boolean}[]} alerts
 * @property {{at_ms: number, host: string, words: string, article: string, asked: string, askable: boolean}[]} blocks
 * @property {string[]} sites
 * @property {string} sites_words
 * @property {{at_ms: number, who: string}[]} looks
 * @property {string[]} summary
 */

const lang = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit" });

/** @param {string} id */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no part ${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {...(Node|string)} children
 */
function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** @param {number} at */
function time(at) {
  const node = make("time", "", clock.format(at));
  node.dateTime = new Date(at).toISOString();
  return node;
}

/** @type {Map<string, string>} */
const drawn = new Map();

/**
 * Draws a part if what it shows changed.
 * @template T
 * @param {string} id
 * @param {T} value
 * @param {(node: HTMLElement, value: T) => void} draw
 */
function show(id, value, draw) {
  const text = JSON.stringify(value);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  draw(part(id), value);
}

/**
 * @param {string} id
 * @param {string} words
 */
function say(id, words) {
  show(id, words, (node, text) => {
    node.textContent = text;
  });
}

/** What each list shows: the line of each entry, by what it says. @type {Map<string, Map<string, Element>>} */
const lines = new Map();

/**
 * Shows a list and touches only the lines that changed, so that a screen reader is told of those alone.
 * @template T
 * @param {string} id
 * @param {T[]} all
 * @param {(one: T) => Element} draw
 */
function list(id, all, draw) {
  const [node, before, now] = [part(id), lines.get(id) ?? new Map(), new Map()];
  const keyed = all.map((one, at) => /** @type {const} */ ([JSON.stringify(one), one, at]));
  const kept = new Set(keyed.map(([key]) => key));
  for (const [key, line] of before) if (!kept.has(key)) line.remove();
  let next = node.firstElementChild;
  for (const [key, one, at] of keyed) {
    const line = now.has(key) ? draw(one) : (before.get(key) ?? draw(one));
    now.set(now.has(key) ? `${key} ${at}` : key, line);
    if (next !== null && line === next) next = next.nextElementSibling;
    else node.insertBefore(line, next);
  }
  while (next) {
    const rest = next;
    next = next.nextElementSibling;
    rest.remove();
  }
  lines.set(id, now);
}

/** @type {number|null} */
let ends = null;

function showLeft() {
  const left = part("left");
  left.hidden = ends === null;
  if (ends === null) return;
  const minutes = Math.ceil((ends - Date.now()) / 60_000);
  const { minutes: unit = "", soon = "", over = "" } = left.dataset;
  const words = minutes > 1 ? `${minutes} ${unit}` : minutes === 1 ? soon : over;
  const bold = left.querySelector("b");
  if (bold && bold.textContent !== words) bold.textContent = words;
  const tail = left.querySelector("span");
  if (tail) tail.hidden = minutes < 1;
}

/** @type {Set<string>} */
const shown = new Set();

/** Tells the agent that a message is on the page. @param {string} command */
function tellShown(command) {
  if (shown.has(command) || document.visibilityState === "hidden") return;
  shown.add(command);
  post("/shown", { command }).catch(() => shown.delete(command));
}

/** @param {Panel["messages"][number]} message */
function messageCard(message) {
  const head = make("p", "", `${message.from} · `, time(message.at_ms));
  return make("article", "message", head, make("p", "", message.text));
}

/** @param {Panel["blocks"][number]} block */
function blockLine(block) {
  const head = make("p", "", make("strong", "", block.host), " ", time(block.at_ms));
  const item = make(
    "li",
    "block",
    head,
    make("p", "", block.words),
    make("p", "soft", [block.article, block.asked].filter(Boolean).join(" · ")),
  );
  if (block.askable) item.append(siteForm(block.host));
  return item;
}

/** @param {string} host */
function siteForm(host) {
  const { ask = "", label = "", send = "" } = part("blocks").dataset;
  const words = make("textarea", "");
  words.name = "text";
  words.rows = 2;
  words.maxLength = 300;
  words.id = `site-${host}`;
  const named = make("label", "", label);
  named.htmlFor = words.id;
  const which = make("input", "");
  which.type = "hidden";
  which.name = "host";
  which.value = host;
  const form = make("form", "", which, named, words, make("div", "acts", make("button", "go", send), make("output", "")));
  form.dataset.post = "/site";
  return make("details", "", make("summary", "", ask), form);
}

/** @param {Panel["alerts"][number]} alert */
function alertLine(alert) {
  const closed = alert.state === "dismissed";
  const item = make("li", closed ? "alert closed" : "alert");
  const evidence = alert.evidence ? [make("p", "", `« ${alert.evidence} »`)] : [];
  item.append(
    make("p", "", make("strong", "", alert.words), " ", time(alert.at_ms)),
    ...evidence,
    make("p", "soft", [alert.article, alert.state_words].filter(Boolean).join(" · ")),
  );
  if (alert.contestable) item.append(contestForm(alert.alert));
  return item;
}

/** @param {number} alert */
function contestForm(alert) {
  const { contest = "", label = "", send = "" } = part("alerts").dataset;
  const words = make("textarea", "");
  words.name = "text";
  words.rows = 2;
  words.maxLength = 300;
  words.id = `contest-${alert}`;
  const named = make("label", "", label);
  named.htmlFor = words.id;
  const form = make("form", "", named, words, make("div", "acts", make("button", "go", send), make("output", "")));
  form.dataset.post = `/alerts/${alert}/contest`;
  return make("details", "", make("summary", "", contest), form);
}

/** @param {Panel} panel */
function draw(panel) {
  part("shut").hidden = true;
  part("lang").hidden = false;
  for (const node of document.querySelectorAll("[data-session]")) if (node instanceof HTMLElement) node.hidden = !panel.session;
  part("off").hidden = panel.session;
  say("state", panel.state);
  say("off-why", panel.why);
  part("code-line").hidden = panel.code === "";
  say("code", panel.code);
  say("trouble", panel.trouble);
  say("locked", panel.locked);
  show("link", panel.link, (node, link) => {
    node.textContent = link.words;
    node.className = `link ${link.is}`;
  });
  ends = panel.session ? panel.ends_ms : null;
  showLeft();
  say("task", panel.task);
  say("adults", panel.adults);
  list("seen", panel.seen, (line) => make("li", "", line));
  say("erased", panel.erased);
  list("rules", panel.rules, (rule) => make("div", "", make("dt", "", rule.article), make("dd", "", rule.words)));
  part("accept").hidden = !panel.charter.asked || panel.charter.accepted;
  part("accepted").hidden = !panel.charter.accepted;
  drawTalk(panel);
  list("blocks", panel.blocks, blockLine);
  part("blocks-none").hidden = panel.blocks.length > 0;
  part("sites-part").hidden = panel.sites_words === "";
  say("sites-words", panel.sites_words);
  list("sites", panel.sites, (site) => make("li", "", site));
  list("looks", panel.looks, (look) => make("li", "", time(look.at_ms), ` · ${look.who}`));
  part("looks-none").hidden = panel.looks.length > 0;
  part("summary-card").hidden = panel.summary.length === 0;
  list("summary", panel.summary, (line) => make("li", "", line));
  list("alerts", panel.alerts, alertLine);
  part("alerts-none").hidden = panel.alerts.length > 0;
}

/** @param {Panel} panel */
function drawTalk(panel) {
  list("messages", panel.messages.toReversed(), messageCard);
  for (const { command } of panel.messages) if (command) tellShown(command);
  part("help-card").classList.toggle("up", panel.help.open);
  say("help-words", panel.help.words);
  const [form, down] = [part("help-form"), part("help-down")];
  const moved = form.hidden !== panel.help.open && (form.contains(document.activeElement) || down.contains(document.activeElement));
  form.hidden = panel.help.open;
  down.hidden = !panel.help.open;
  if (moved) (panel.help.open ? down : form).querySelector("button")?.focus();
  list("chat-channel", panel.channels, (channel) => {
    const option = make("option", "", channel.name);
    option.value = channel.id;
    return option;
  });
  part("chat-channels").hidden = panel.channels.length < 2;
  part("chat-form").hidden = panel.channels.length === 0;
  part("chat-closed").hidden = panel.channels.length > 0;
  list("chat", panel.chat.toReversed(), (line) =>
    make("li", line.mine ? "mine" : "", make("small", "", `${line.from} · `, time(line.at_ms)), line.text),
  );
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ok: boolean, words: string}>}
 */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const { words = "", detail = "" } = await answer.json();
  return { ok: answer.ok, words: answer.ok ? words : detail };
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const path = form.dataset.post;
  const button = form.querySelector("button");
  if (!path || button?.ariaBusy === "true") return;
  if (button) button.ariaBusy = "true";
  const said = form.querySelector("output");
  const gone = part("link").dataset.gone ?? "";
  const asked = form.dataset.lang ? { lang: form.dataset.lang } : Object.fromEntries(new FormData(form));
  const answer = await post(path, asked).catch(() => ({ ok: false, words: gone }));
  if (button) button.ariaBusy = "false";
  if (said) {
    said.textContent = answer.words;
    said.className = answer.ok ? "" : "refused";
  }
  if (answer.ok) form.reset();
});

/** @type {Panel|null} */
let latest = null;
/** @type {EventSource|null} */
let live = null;

/** The address bar's ticket becomes a cookie, once; it does not stay in the history. */
async function enter() {
  const ticket = location.hash.slice(1);
  if (ticket) {
    history.replaceState(null, "", location.pathname);
    await post("/open", { ticket }).catch(() => null);
  }
  listen();
}

function listen() {
  live?.close();
  live = new EventSource("/live");
  live.onmessage = (event) => {
    /** @type {Panel} */
    const panel = JSON.parse(event.data);
    // The page's own words are in another language by now: it is drawn anew, all of it.
    if (panel.lang !== lang) return location.reload();
    latest = panel;
    draw(panel);
  };
  live.onerror = () => {
    drawn.delete("link");
    const link = part("link");
    link.textContent = link.dataset.gone ?? "";
    link.className = "link refused";
    // Not lost but refused: the stream cannot say why.
    if (live?.readyState === EventSource.CLOSED) shut();
  };
}

async function shut() {
  const answer = await fetch("/may").catch(() => null);
  if (!answer) return;
  // What refuses the stream and not the page is that too many are open.
  const { detail = part("shut").dataset.full ?? "" } = answer.ok ? {} : await answer.json();
  const link = part("link");
  link.textContent = "";
  link.className = "link";
  drawn.delete("link");
  for (const node of document.querySelectorAll("[data-session]")) if (node instanceof HTMLElement) node.hidden = true;
  part("off").hidden = true;
  part("left").hidden = true;
  part("shut").hidden = false;
  part("shut-why").textContent = detail;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && live?.readyState === EventSource.CLOSED) listen();
  for (const { command } of latest?.messages ?? []) if (command) tellShown(command);
});
addEventListener("hashchange", enter);
enter();
setInterval(showLeft, 5_000);
