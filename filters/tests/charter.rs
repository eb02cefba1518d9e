//! The charter that ships reads without a fault.

use vigie_filters::cli::check;
use vigie_filters::default_charter;

#[test]
fn the_charter_that_ships_has_no_fault() {
    let mut out = Vec::new();
    let tally = check("default.toml", default_charter(), None, "fr", &mut out).unwrap();
    assert_eq!(
        (tally.errors, tally.warnings),
        (0, 0),
        "{}",
        String::from_utf8_lossy(&out)
    );
}
