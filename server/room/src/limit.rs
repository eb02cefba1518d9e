//! Every bound of a room, by its name, with what happens there. Nothing here is silent: what is refused names the limit, what
//! is dropped is counted and said.

use vigie_protocol::Span;

/// Longest session, extensions included: refused beyond.
pub const SESSION_MAX: Span = Span::minutes(12 * 60);
/// Longest that one command may hold: refused beyond. It also never outlives the session.
pub const HOLD_MAX: Span = Span::minutes(120);
/// An event whose corrected time lies outside the session by more than this takes the server's time instead: the agent's
/// clock jumped, and a time that cannot be right must not be shown.
pub const OFFSET_MAX: Span = Span::minutes(10);
/// Lines kept of a seat's timeline: the oldest is dropped, and the timeline begins with how many were.
pub const MOMENTS_MAX: usize = 400;
/// Same host again within this many lines and [`SITE_WINDOW`]: coalesced into the line that is there.
pub const SITE_LINES: usize = 8;
/// See [`SITE_LINES`].
pub const SITE_WINDOW: Span = Span::minutes(2);
/// Lines of chat kept for the panels: the oldest is dropped.
pub const CHAT_MAX: usize = 200;
/// Messages from adults kept for a panel: the oldest is dropped.
pub const MESSAGES_MAX: usize = 50;
/// Blocked hosts kept for a panel: the same host coalesces, the oldest is dropped.
pub const BLOCKS_MAX: usize = 50;
/// Commands for one seat in one session: refused beyond.
pub const ORDERS_MAX: usize = 500;
/// Alerts kept in memory: the oldest that was dealt with is dropped, or the oldest. The journal keeps them all.
pub const ALERTS_MAX: usize = 4_000;
/// Help requests kept in memory: the oldest that ended is dropped, or the oldest. The journal keeps them all.
pub const HELPS_MAX: usize = 2_000;
/// Past sittings of a seat that a late event can still be filed under: the oldest is dropped, and its late events are filed
/// under nobody.
pub const SITTINGS_MAX: usize = 16;
/// Chat channels of a session: refused beyond.
pub const CHANNELS_MAX: usize = 32;
/// Sites granted in one session, those it was opened with among them: refused beyond.
pub const SITES_MAX: usize = 100;
/// Sites of one command that limits seats to them: refused beyond.
pub const FOCUS_MAX: usize = 50;
/// Requests for sites of one seat that wait at a time: the next is not filed.
pub const ASKED_MAX: usize = 5;
/// Adults of a session: refused beyond.
pub const ADULTS_MAX: usize = 20;
/// Looks kept for a panel: the oldest is dropped.
pub const LOOKS_MAX: usize = 20;
/// Looks of one adult at one seat that count as one.
pub const SAME_LOOK: Span = Span::minutes(5);
/// Commands shown to everybody in the room: the newest, and all that still hold or wait.
pub const ORDERS_SHOWN: usize = 6;
/// Sensors that a seat may say are missing: what is beyond is not shown.
pub const MISSING_MAX: usize = 16;
/// How often one event that stands for many (`times`) counts towards a threshold: coalesced beyond.
pub const TIMES_MAX: u32 = 64;
