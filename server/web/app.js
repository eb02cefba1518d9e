// Owns: which page an address shows, and the way from one to the next without losing the document.
// Never: a page's content. Next: pages/.
import { ask, onExpired } from "./kit/api.js";
import { make } from "./kit/dom.js";
import { dropAllDrafts } from "./kit/drafts.js";
import { loadTexts, t } from "./kit/texts.js";
import "./pages/first-password.js";
import "./pages/class-view.js";
import "./pages/live-room.js";
import "./pages/own-logins.js";
import "./pages/room-list.js";
import "./pages/sign-in.js";
import { askAgain } from "./pages/sign-in-again.js";
import "./setup/first-run.js";
import "./setup/set-up.js";

/** A page that is looked at renews its login this often, although nothing is tapped; one that is not looked at does not. */
const RENEW_MS = 5 * 60_000;

/** @type {import("./kit/types.js").Me|null} */
let me = null;

setInterval(() => {
  if (me !== null && document.visibilityState === "visible") void ask("GET", "me", undefined, { quiet: true });
}, RENEW_MS);

/** Shows the page of the address. */
async function show() {
  const before = document.body.childElementCount > 0;
  const page = await pageFor(location.pathname);
  document.body.replaceChildren(page);
  document.title = t("web-title");
  // Who cannot see the page change hears it: the focus goes to the new page's title, unless the page has put it elsewhere.
  const title = page.querySelector("h1");
  if (!before || !title || page.contains(document.activeElement)) return;
  title.tabIndex = -1;
  title.focus();
}

/** @param {string} path */
async function pageFor(path) {
  if (me === null) {
    const answer = await ask("GET", "me", undefined, { quiet: true });
    if (answer.ok) me = /** @type {import("./kit/types.js").Me} */ (answer.value);
    else if (answer.status !== 401) return away(answer.words);
  }
  if (me === null) return make(/** @type {any} */ ((await isFirstRun()) ? "first-run" : "sign-in"));
  if (me.must_change) return make(/** @type {any} */ ("first-password"));
  if (/^\/logins\/?$/.test(path)) return make(/** @type {any} */ ("own-logins"));
  const room = /^\/rooms\/([^/]+)\/?$/.exec(path)?.[1];
  if (room !== undefined) return make(/** @type {any} */ ("live-room"), { room: decodeURIComponent(room) });
  const taught = /^\/class\/([^/]+)\/?$/.exec(path)?.[1];
  if (taught !== undefined) return make(/** @type {any} */ ("class-view"), { "class-name": decodeURIComponent(taught) });
  const setUp = /^\/setup(?:\/([^/]+))?(?:\/([^/]+))?\/?$/.exec(path);
  if (setUp) return make(/** @type {any} */ ("set-up"), { who: me.name, school: setUp[1] ?? null, part: setUp[2] ?? null });
  return make(/** @type {any} */ ("room-list"), { who: me.name, "sets-up": me.grants.some((grant) => grant.role === "admin") });
}

/** Whether nobody can sign in yet: the server waits for its first administrator. */
async function isFirstRun() {
  const answer = await ask("GET", "first", undefined, { quiet: true });
  return answer.ok && /** @type {{needed: boolean}} */ (answer.value).needed;
}

/**
 * The server is away: say so, and come back by itself.
 * @param {string} words
 */
function away(words) {
  setTimeout(() => void show(), 3000);
  return make("main", { class: "away" }, make("h1", {}, t("web-title")), make("p", { role: "status" }, words));
}

/** @param {string} path */
export function go(path) {
  history.pushState(null, "", path);
  void show();
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-go]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
addEventListener("popstate", () => void show());

document.addEventListener("signed-in", () => {
  me = null;
  void show();
});
document.addEventListener("sign-out", async () => {
  await ask("POST", "logout", undefined, { quiet: true });
  dropAllDrafts();
  me = null;
  go("/");
});
document.addEventListener("go", (event) => go(/** @type {CustomEvent<string>} */ (event).detail));

onExpired(async () => {
  const before = me?.name ?? "";
  if (!(await askAgain(before))) return false;
  const answer = await ask("GET", "me", undefined, { quiet: true });
  if (!answer.ok) return false;
  me = /** @type {import("./kit/types.js").Me} */ (answer.value);
  if (before === "" || me.name === before) return true;
  // Somebody else took the tablet: what the first one typed is not theirs to send.
  dropAllDrafts();
  go("/");
  return false;
});

// Without a service worker (plain HTTP from another machine, an old browser) the pages work all the same, but not from a cache.
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("shell", { createScriptURL: () => "/assets/sw.js" });
navigator.serviceWorker?.register(policy?.createScriptURL("") ?? "/assets/sw.js", { scope: "/" }).catch(() => {});

while (!(await loadTexts())) await new Promise((resolve) => setTimeout(resolve, 1000));
await show();
