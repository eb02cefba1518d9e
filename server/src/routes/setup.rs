//! The set-up of a school: everything that an administrator does before, and between, sessions.
//!
//! Owns [`write_down`], the line in the audit log that every act here leaves. Each file below is a matter of the screen:
//! [`first`], [`school`], [`rooms`], [`staff`], [`roster`]; machines are [`super::enrolment`]. Never shows live data.

use vigie_protocol::RoomId;

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::InSchool;
use crate::problem::Problem;
use crate::setup::Form;

pub(crate) mod first;
pub(crate) mod rooms;
pub(crate) mod roster;
pub(crate) mod school;
pub(crate) mod staff;

/// Writes an act in a school down, before it is done.
async fn write_down(
    app: &App,
    at: &InSchool,
    act: Act,
    (room, subject): (Option<&RoomId>, Option<String>),
) -> Result<(), Problem> {
    let mut entry = Entry::new(app.clock.now(), &at.school, &at.signed.staff, act);
    entry.room = room.cloned();
    entry.subject = subject;
    app.write_down(entry).await
}

/// Stops at a form that has faults.
fn clean(form: Form) -> Result<(), Problem> {
    if form.is_clean() {
        Ok(())
    } else {
        Err(Problem::Fields(form.faults()))
    }
}

/// A value that the form has just been found clean of faults for.
fn sure<T>(value: Option<T>) -> Result<T, Problem> {
    value.ok_or(Problem::Internal)
}
