//! From text to a charter and everything that is wrong with it.

use super::{Charter, Diagnostic};

/// Reads a charter. Never fails: errors are diagnostics, and a charter with an error must not be adopted.
pub fn read_charter(_text: &str) -> (Charter, Vec<Diagnostic>) {
    todo!()
}
