// Owns: opening from the cache when the server is away. The server is always asked first, so an update is seen at once.
// Never: anything about a person. Of the API only the fixed words are kept. Next: app.js, which says that the server is away.

const SHELL = "shell";
/** The server has so long before the cache answers in its place. */
const PATIENCE_MS = 3_000;

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  /** @type {Request} */
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  // Every address of the app is the same page.
  if (request.mode === "navigate") event.respondWith(answer(request, "/"));
  else if (url.pathname.startsWith("/assets/") || url.pathname === "/api/v1/texts") event.respondWith(answer(request, url.pathname));
});

/**
 * @param {Request} request
 * @param {string} key under which the answer is kept
 */
async function answer(request, key) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(key);
  try {
    const given = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    if (given.ok && !given.redirected) await shell.put(key, given.clone());
    return given.status >= 500 && kept ? kept : given;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
