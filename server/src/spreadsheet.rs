//! Rows for a spreadsheet: semicolons and a byte-order mark, as the spreadsheets of French schools open them.
//!
//! Owns the escaping: RFC 4180 quotes, and no cell that a spreadsheet would take for a formula. Never knows what a row means.

/// What the file begins with, so that accents are read as such.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One line, without its end.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(";")
}

/// A cell: quoted when it must be, and with an apostrophe before what would be a formula.
fn cell(text: &str) -> String {
    let formula = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ';', ',', '\n', '\r', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (given, expected) in [
            ("Inès", "Inès"),
            (
                "=HYPERLINK(\"http://x\";\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\"",
            ),
            ("+33 1", "'+33 1"),
            ("-2", "'-2"),
            (" @SUM(A1)", "' @SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "'＝1"),
            ("a;b", "\"a;b\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ] {
            assert_eq!(cell(given), expected);
        }
        assert_eq!(row(["a", "=1", "c"]), "a;'=1;c");
    }
}
