// Owns: the time zones in which French schools live, by their names for people.
// Never: an offset; the server knows the rules. Next: setup/school-part.js.
import { t } from "./texts.js";

const ZONES = [
  "Europe/Paris",
  "America/Guadeloupe",
  "America/Martinique",
  "America/Cayenne",
  "America/Miquelon",
  "Indian/Reunion",
  "Indian/Mayotte",
  "Pacific/Noumea",
  "Pacific/Tahiti",
  "Pacific/Wallis",
];

/**
 * What to choose a zone from: those of France, and the one that is in force when it is another.
 * @param {string} now
 * @returns {[string, string][]}
 */
export function zones(now) {
  const all = ZONES.includes(now) ? ZONES : [now, ...ZONES];
  return all.map((zone) => {
    const key = `zone-${zone.toLowerCase().replace("/", "-")}`;
    const words = t(key);
    return [zone, words === key ? zone : words];
  });
}
