//! What the slow tests stand on: processes that die with their guard, a display, a browser, a small web, and patience.
//!
//! Never sleeps for a fixed time: a test waits for a condition, bounded, and says which one did not come.
//! Next: [`patience`] for waiting, [`processes`] for whatever is started, [`display`] for X11, [`browser`] for Chromium, [`web`] for
//! the sites that a pupil visits; [`rig`] for the figures.

pub mod browser;
pub mod display;
pub mod journal;
pub mod patience;
pub mod processes;
pub mod rig;
pub mod scenario;
pub mod school;
pub mod web;
