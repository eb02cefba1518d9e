// Every fixed word that a page asks for is in both catalogues, and none is there for nobody.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const web = new URL("../../server/web/", import.meta.url);
const keys = (/** @type {string} */ lang) =>
  [...readFileSync(new URL(`../../server/text/${lang}/web.ftl`, import.meta.url), "utf8").matchAll(/^(web-[a-z-]+) = ./gm)].map(
    (found) => found[1] ?? "",
  );

test("both languages have the same words, all of them used", () => {
  const scripts = readdirSync(web, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  const asked = new Set();
  for (const file of scripts) {
    for (const found of readFileSync(new URL(file, web), "utf8").matchAll(/"(web-[a-z-]+)"/g)) asked.add(found[1]);
  }
  for (const counted of ["web-new", "web-present", "web-seats"]) {
    assert.ok(asked.delete(counted));
    asked.add(`${counted}-one`).add(`${counted}-other`);
  }
  // Words whose key ends with what the server or a button says; and one that is no sentence.
  for (const [family, ends] of [
    ["kind", ["lesson", "study", "library", "exam", "club"]],
    ["bad", ["task", "minutes", "class", "sites", "site", "url", "adults", "staff", "name", "starts", "weeks", "texts"]],
    ["end", ["neighbour", "later", "mistaken"]],
    ["dismiss", ["sure", "yes"]],
    ["raise", ["sure", "yes"]],
  ])
    for (const end of ends) asked.add(`web-${family}-${end}`);
  asked.delete("web-zone");
  assert.deepEqual(keys("fr").sort(), [...asked].sort());
  assert.deepEqual(keys("en"), keys("fr"));
});
