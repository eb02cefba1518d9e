// Owns: the shapes. Each state has one of its own, told apart without colour.
// Never: a word; whoever shows a shape says it too. Next: style/room.css for their colours.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {[tag: string, attributes: Record<string, string>]} Stroke */

const line = { fill: "none", stroke: "currentColor", "stroke-width": "2.2", "stroke-linecap": "round", "stroke-linejoin": "round" };
const cut = { fill: "none", class: "cut", "stroke-width": "2.5", "stroke-linecap": "round", "stroke-linejoin": "round" };
const full = { fill: "currentColor" };
const hole = { class: "hole" };

/** @type {Record<string, Stroke[]>} */
const shapes = {
  alert: [
    ["path", { ...full, d: "M8 1h8l7 7v8l-7 7H8l-7-7V8z" }],
    ["path", { ...cut, d: "M12 6.5v7" }],
    ["circle", { ...hole, cx: "12", cy: "17.4", r: "1.6" }],
  ],
  look: [
    ["path", { ...full, d: "M12 1.6 23.2 21.6H.8z" }],
    ["path", { ...cut, d: "M12 9v5.5" }],
    ["circle", { ...hole, cx: "12", cy: "18", r: "1.5" }],
  ],
  hand: [
    ["circle", { ...full, cx: "12", cy: "12", r: "11" }],
    [
      "path",
      {
        ...hole,
        d: "M8 13V8.2a1.1 1.1 0 0 1 2.2 0V6.6a1.1 1.1 0 0 1 2.2 0v.8a1.1 1.1 0 0 1 2.2 0v1.2a1.1 1.1 0 0 1 2.1 0V14c0 3-1.9 4.8-4.4 4.8S8 17 8 13z",
      },
    ],
  ],
  distress: [
    ["path", { ...full, d: "M3 3h18a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-8.5L7 22.5V18H3a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" }],
    ["path", { ...cut, d: "M7 10.5h.01M12 10.5h.01M17 10.5h.01" }],
  ],
  lock: [["path", { ...full, d: "M6 10V8a6 6 0 0 1 12 0v2h1.5v11h-15V10zm2.6 0h6.8V8a3.4 3.4 0 0 0-6.8 0z" }]],
  focus: [["path", { ...line, d: "M5 10V8a7 7 0 0 1 14 0v2M4 10h16v11H4zM12 14v3.5" }]],
  site: [
    ["circle", { ...full, cx: "12", cy: "12", r: "11" }],
    ["path", { ...cut, d: "M12 5.500v9M8.200 9.300 12 5.500l3.800 3.800M7 18h10" }],
  ],
  link: [["path", { ...line, d: "M3 9a13 13 0 0 1 18 0M6.5 13a8 8 0 0 1 11 0M10 17a3 3 0 0 1 4 0M3 3l18 18" }]],
  ask: [
    ["circle", { ...line, cx: "12", cy: "12", r: "10" }],
    ["path", { ...line, d: "M9 9.4a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2" }],
    ["circle", { ...full, cx: "12", cy: "17.4", r: "1.5" }],
  ],
  off: [["path", { ...line, d: "M12 2.5v9M6.6 6a8.5 8.5 0 1 0 10.8 0" }]],
  stopped: [
    ["rect", { ...line, x: "3", y: "3", width: "18", height: "18", rx: "4" }],
    ["path", { ...line, d: "M9.5 9v6M14.5 9v6" }],
  ],
  not_enrolled: [["path", { ...line, "stroke-dasharray": "3.4 3.6", d: "M3 4h18v12H3zM8 20.5h8" }]],
  no_session: [["path", { ...line, d: "M2.5 12S6 5.5 12 5.5c2.2 0 4 .9 5.5 2M21.5 12S18 18.5 12 18.500c-2.2 0-4-.9-5.5-2M4 20 20 4" }]],
  work: [["path", { ...line, d: "M4.5 12.5 10 18 20 6.5" }]],
  chat: [["path", { ...line, d: "M3.5 4.500h17v11.500H11l-5 4v-4H3.500z" }]],
  gap: [["path", { ...line, d: "M3 12h4M17 12h4M10.5 7l-1 10M14.5 7l-1 10" }]],
  yes: [["path", { ...line, "stroke-width": "3", d: "M4.5 12.5 10 18 20 6.5" }]],
  no: [["path", { ...line, "stroke-width": "3", d: "M6 6l12 12M18 6 6 18" }]],
  close: [["path", { ...line, d: "M5.5 5.500l13 13M18.5 5.500l-13 13" }]],
  back: [["path", { ...line, d: "M15 4.5 7.5 12l7.5 7.5" }]],
  more: [
    ["circle", { ...full, cx: "5", cy: "12", r: "1.9" }],
    ["circle", { ...full, cx: "12", cy: "12", r: "1.9" }],
    ["circle", { ...full, cx: "19", cy: "12", r: "1.9" }],
  ],
  pending: [
    ["circle", { ...line, cx: "12", cy: "12", r: "9.5" }],
    ["path", { ...line, d: "M12 6.500V12l3.5 2.5" }],
  ],
  add: [["path", { ...line, d: "M12 4.5v15M4.5 12h15" }]],
  next: [["path", { ...line, d: "M9 4.5 16.5 12 9 19.500" }]],
  file: [["path", { ...line, d: "M6 2.5h8.500l4.500 4.500V21.500H6zM14 2.500v5h5M12 18v-7M9 13.500l3-3 3 3" }]],
  copy: [["path", { ...line, d: "M8.500 8.500h12v12h-12zM15.500 8.500v-5h-12v12h5" }]],
  school: [["path", { ...line, d: "M3 20.500h18M5 20.500V9.500l7-5.500 7 5.500v11M10 20.500v-6h4v6" }]],
  plan: [["path", { ...line, d: "M3.500 4.500h7v6h-7zM13.500 4.500h7v6h-7zM3.500 13.500h7v6h-7zM13.500 13.500h7v6h-7z" }]],
  machine: [["path", { ...line, d: "M3 4.500h18v11.500H3zM9 20h6M12 16v4" }]],
  pupil: [
    ["circle", { ...line, cx: "12", cy: "8", r: "4" }],
    ["path", { ...line, d: "M4.500 20.500a7.500 7.500 0 0 1 15 0" }],
  ],
  people: [
    ["circle", { ...line, cx: "9", cy: "8", r: "4" }],
    ["path", { ...line, d: "M2 20.500a7 7 0 0 1 14 0M16 4.300a4 4 0 0 1 0 7.400M18.5 14.500a7 7 0 0 1 3.5 6" }],
  ],
  eye: [
    ["path", { ...line, d: "M1.5 12S5.5 5 12 5s10.5 7 10.5 7-4 7-10.5 7S1.5 12 1.5 12z" }],
    ["circle", { ...line, cx: "12", cy: "12", r: "3" }],
  ],
};

/**
 * A shape, hidden from screen readers. An unknown name shows nothing.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "shape");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  draw(svg, name);
  return svg;
}

/**
 * Changes which shape an icon shows.
 * @param {SVGSVGElement} svg
 * @param {string} name
 */
export function draw(svg, name) {
  if (svg.dataset.icon === name) return;
  svg.dataset.icon = name;
  const strokes = shapes[name] ?? [];
  svg.replaceChildren(
    ...strokes.map(([tag, attributes]) => {
      const stroke = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(attributes)) stroke.setAttribute(key, value);
      return stroke;
    }),
  );
}
