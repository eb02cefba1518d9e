// Owns: the shapes that the server sends, as JSDoc types for `tsc`; the words come resolved (protocol/src/view.rs is the source).
// Never: code. No page loads this file. Next: picture.js, which keeps the cards.

/** @typedef {{shape: string, words: string}} Pill */
/** @typedef {{text: string, mark?: boolean}} Run */

/**
 * @typedef {object} BarCard
 * @property {"bar"} [card]
 * @property {string} room
 * @property {boolean} open
 * @property {string} task
 * @property {string} line
 * @property {number|null} started_ms
 * @property {number|null} ends_ms
 * @property {number} present
 * @property {number} hands
 * @property {number} alerts
 * @property {number} looks
 * @property {Pill[]} pills
 * @property {boolean} chat_open
 * @property {string} [kind]
 * @property {string} [class]
 * @property {string[]} [sites]
 * @property {boolean} [sites_only]
 * @property {{staff: string, name: string, me?: boolean}[]} [adults]
 */

/**
 * @typedef {"work"|"look"|"alert"|"hand"|"lock"|"ask"|"no_session"|"not_enrolled"|"off"|"stopped"|"link"|"focus"} SeatState
 */

/**
 * @typedef {object} SeatCard
 * @property {"seat"} [card]
 * @property {number} seat
 * @property {[number, number]|null} at
 * @property {string|null} name
 * @property {string} who
 * @property {SeatState} state
 * @property {string} state_words
 * @property {string} front
 * @property {string} tag
 * @property {string} note
 * @property {number|null} since_ms
 * @property {number|null} until_ms
 * @property {boolean} reachable
 * @property {string[]} [cannot]
 */

/**
 * @typedef {object} ItemCard
 * @property {"item"} [card]
 * @property {string} shape
 * @property {number|null} alert
 * @property {number|null} help
 * @property {number[]} seats
 * @property {string} who
 * @property {string} place
 * @property {number} since_ms
 * @property {Run[]} words
 * @property {string} why
 * @property {string} taken
 * @property {boolean} mine
 * @property {string} contested
 * @property {[number, number]} order
 * @property {string} [site]
 * @property {string} [told]
 * @property {number} [last_ms]
 */

/**
 * @typedef {object} OrderCard
 * @property {"order"} [card]
 * @property {string} command
 * @property {string} kind
 * @property {string} words
 * @property {string} by
 * @property {number} at_ms
 * @property {number|null} until_ms
 * @property {boolean} holds
 * @property {{state: string, words: string, seats: number[]}[]} receipts
 * @property {number[]} [releasable]
 */

/**
 * @typedef {object} NewSession
 * @property {string} task
 * @property {number|null} [minutes]
 * @property {string|null} [until]
 * @property {boolean} [chat]
 * @property {string} [class]
 * @property {string} [kind]
 * @property {string[]} [sites]
 * @property {string[]} [adults]
 * @property {string[]} [pupils]
 */

/**
 * @typedef {object} Prepare
 * @property {{title: string, version: string}|null} charter
 * @property {{staff: string, name: string}[]} adults
 * @property {[string, number][]} classes
 * @property {{template: string, name: string, mine: boolean, session: NewSession}[]} templates
 * @property {{plan: string, together: number, starts_ms: number, ends_ms: number, task: string, class: string, by: string}[]} plans
 */

/** @typedef {(BarCard & {card: "bar"})|(SeatCard & {card: "seat"})|(ItemCard & {card: "item"})|(OrderCard & {card: "order"})} Card */

/** @typedef {{t: "snapshot", room: string, session: string|null, rev: number, now_ms: number, cards: Record<string, Card>}} Snapshot */
/** @typedef {{t: "delta", session: string|null, after: number, rev: number, now_ms: number, cards: Record<string, Card|null>}} Delta */
/** @typedef {{t: "beat", now_ms: number}} Beat */
/** @typedef {Snapshot|Delta|Beat} LiveFrame */

/** @typedef {{at_ms: number, shape: string, words: Run[], why: string}} SheetLine */

/**
 * @typedef {object} CommandLine
 * @property {string} command
 * @property {number} at_ms
 * @property {string} words
 * @property {"pending"|"done"|"refused"|"expired"|"ended"} state
 * @property {string} state_words
 * @property {number|null} until_ms
 * @property {boolean} releasable
 */

/**
 * @typedef {object} SheetView
 * @property {SeatCard} seat
 * @property {[string, boolean][]} facts
 * @property {SheetLine[]} timeline
 * @property {CommandLine[]} commands
 * @property {ItemCard[]} items
 */

/** @typedef {{room: string, name: string, school: string, seats: number, bar: BarCard|null, may_open: boolean}} RoomLine */
/** @typedef {{establishment: string, school: string, role: string}} Grant */
/** @typedef {{name: string, lang: string, must_change: boolean, grants: Grant[]}} Me */
/** @typedef {{pupil: string, name: string, class: string, expected: boolean}} Pupil */

/** @typedef {{do: "message", text: string}|{do: "lock", text: string}|{do: "release", command: string}|{do: "focus", sites: string[]}|{do: "open", url: string}|{do: "close"}} Action */

/** @typedef {{school: string, name: string, zone: string, zone_is_set: boolean, rooms: number, seats: number, machines: number, waiting: number, staff: number, openers: number, pupils: number, classes: number, charter: boolean}} SchoolView */
/** @typedef {{seat: number, at: [number, number]|null, machine: boolean}} PlanSeat */
/** @typedef {{room: string, name: string, open: boolean, seats: PlanSeat[]}} PlanRoom */
/** @typedef {{in_force: string|null, is_shipped: boolean, digest: string, title: string, articles: {number: string, title: string, words: string}[]}} CharterView */
/** @typedef {{staff: string, login: string, name: string, roles: string[], distress: boolean, elsewhere: boolean, me: boolean, once: boolean}} Colleague */
/** @typedef {{name: string, class: string, account: string|null, was: string|null}} Difference */
/** @typedef {{faults: {line: number, column: number|null, words: string}[], encoding: string, separator: string, heads: Record<string, string>, rows: number, added: Difference[], changed: Difference[], moved: Difference[], back: Difference[], missing: Difference[], same: number, seen: string}} RosterPreview */
/** @typedef {{name: string, class: string, account: string|null, erased_ms: number|null}} PupilLine */
/** @typedef {{id: string, seat: number|null, uses: number, uses_left: number, made_ms: number, made_by: string|null, ends_ms: number, state: "open"|"used_up"|"expired"|"revoked"}} TokenLine */
/** @typedef {{workstation: string, code: string, host: string|null, since_ms: number, up: boolean, was_seat: number|null}} WaitingLine */
/** @typedef {{seat: number, workstation: string|null, host: string|null, enrolled_ms: number|null, up: boolean}} MachineSeat */
/** @typedef {{kind: string, how: string, workstation: string, seat: number|null, host: string|null, at_ms: number, words: string}} TroubleLine */
/** @typedef {{now_ms: number, server: string, tokens: TokenLine[], waiting: WaitingLine[], seats: MachineSeat[], troubles: TroubleLine[]}} EnrolmentPicture */

export {};
