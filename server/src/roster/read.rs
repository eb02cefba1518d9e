//! From the bytes of a roster to its lines.
//!
//! Owns what a file may look like: UTF-8, UTF-16 or Windows-1252, with or without a byte-order mark; semicolons, commas or tabs;
//! quotes; the column heads of several programs, in any order. Bounded in every direction. A cell that a spreadsheet would take
//! for a formula is text here, like any other. Never guesses a name: what cannot be read is a fault with its line and column.
//! Long because a file is read in one pass, whose faults all name their line and column.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use vigie_protocol::Private;

use crate::texts::{Lang, say};

/// Largest file, bytes: the largest lycée is a tenth of it.
pub(crate) const FILE_MAX: usize = 2 * 1024 * 1024;
/// Most pupils.
const ROWS_MAX: usize = 10_000;
/// Most columns: full exports have about eighty.
const COLUMNS_MAX: usize = 200;
/// Longest name, class or account, characters.
const CELL_MAX: usize = 100;
/// Faults that are told: whoever has more has the wrong file.
const FAULTS_MAX: usize = 50;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Family,
    Given,
    Class,
    Account,
    /// `BESSON Inès`: family name in capitals, then the given name.
    Whole,
}

impl Field {
    pub(crate) const ALL: [Self; 5] = [
        Self::Family,
        Self::Given,
        Self::Class,
        Self::Account,
        Self::Whole,
    ];

    /// The key of its word in the catalogues, and its name in the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Given => "given",
            Self::Class => "class",
            Self::Account => "account",
            Self::Whole => "whole",
        }
    }

    /// The column heads that mean it, folded, the best first.
    const fn heads(self) -> &'static [&'static str] {
        match self {
            Self::Family => &[
                "nom d usage",
                "nom usage",
                "nom",
                "nom de famille",
                "nom famille",
                "nom eleve",
                "nom de l eleve",
                "nom de naissance",
                "family",
                "family name",
                "last name",
                "lastname",
                "surname",
            ],
            Self::Given => &[
                "prenom d usage",
                "prenom usage",
                "prenom",
                "prenom 1",
                "prenom1",
                "prenoms",
                "prenom eleve",
                "prenom de l eleve",
                "premier prenom",
                "given",
                "given name",
                "first name",
                "firstname",
            ],
            Self::Class => &[
                "classe",
                "classes",
                "division",
                "code division",
                "libelle division",
                "code structure",
                "lib structure",
                "libelle classe",
                "nom de la classe",
                "class",
                "form",
            ],
            Self::Account => &[
                "identifiant",
                "login",
                "compte",
                "nom d utilisateur",
                "nom utilisateur",
                "utilisateur",
                "identifiant ent",
                "identifiant windows",
                "identifiant reseau",
                "login ent",
                "account",
                "username",
                "user",
            ],
            Self::Whole => &[
                "eleve",
                "nom et prenom",
                "nom prenom",
                "nom complet",
                "pupil",
                "student",
            ],
        }
    }
}

/// One pupil of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// In the file, from 1, heads included.
    pub(crate) number: u64,
    /// The system account, in lower case.
    pub(crate) account: Option<Private<String>>,
    pub(crate) given: Private<String>,
    pub(crate) family: Private<String>,
    pub(crate) class: String,
}

/// A file that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// `utf-8`, `windows-1252`, `utf-16le`.
    pub(crate) encoding: String,
    pub(crate) separator: char,
    /// The file's own head of each column that is used.
    pub(crate) heads: BTreeMap<Field, String>,
    pub(crate) lines: Vec<Line>,
}

/// What is wrong at one place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 1, heads included.
    pub(crate) line: u64,
    /// From 1; none for the whole line.
    pub(crate) column: Option<usize>,
    pub(crate) why: Why,
}

/// Why a file cannot be taken as it is. Never holds a cell's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    TooLarge,
    TooManyRows,
    TooManyColumns,
    /// Not text: a spreadsheet's own file, a picture.
    NotText,
    Empty,
    /// No head that means this field.
    NoColumn(Field),
    /// A cell that must not be empty.
    Missing(Field),
    Long,
    Control,
    /// The quotes do not close, or the like.
    Unreadable,
    /// The account is on this line too.
    AccountTwice(u64),
    /// The same names in the same class are on this line too, and no account tells them apart.
    SameNames(u64),
}

impl Why {
    /// The sentence beside the place.
    pub(crate) fn words(&self, lang: Lang) -> String {
        let of = |field: &Field| say(lang, &format!("roster-field-{}", field.word()), &[]);
        match self {
            Self::TooLarge => say(
                lang,
                "roster-too-large",
                &[("max", (FILE_MAX / 1024 / 1024).into())],
            ),
            Self::TooManyRows => say(lang, "roster-too-many-rows", &[("max", ROWS_MAX.into())]),
            Self::TooManyColumns => say(
                lang,
                "roster-too-many-columns",
                &[("max", COLUMNS_MAX.into())],
            ),
            Self::NotText => say(lang, "roster-not-text", &[]),
            Self::Empty => say(lang, "roster-empty", &[]),
            Self::NoColumn(field) => say(lang, "roster-no-column", &[("field", of(field).into())]),
            Self::Missing(field) => say(lang, "roster-missing", &[("field", of(field).into())]),
            Self::Long => say(lang, "roster-long", &[("max", CELL_MAX.into())]),
            Self::Control => say(lang, "roster-control", &[]),
            Self::Unreadable => say(lang, "roster-unreadable", &[]),
            Self::AccountTwice(line) => {
                say(lang, "roster-account-twice", &[("line", (*line).into())])
            }
            Self::SameNames(line) => say(lang, "roster-same-names", &[("line", (*line).into())]),
        }
    }
}

/// Reads a roster, or says what is wrong with it, at most fifty places.
pub(crate) fn read(bytes: &[u8]) -> Result<Sheet, Vec<Fault>> {
    let whole = |why| {
        vec![Fault {
            line: 1,
            column: None,
            why,
        }]
    };
    if bytes.len() > FILE_MAX {
        return Err(whole(Why::TooLarge));
    }
    let (text, encoding) = text_of(bytes).ok_or_else(|| whole(Why::NotText))?;
    let first = text.lines().find(|line| !line.trim().is_empty());
    let separator = separator_of(first.ok_or_else(|| whole(Why::Empty))?);
    let mut rows = ReaderBuilder::new()
        .delimiter(u8::try_from(separator).unwrap_or(b';'))
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes())
        .into_records();
    let head = match rows.next() {
        Some(Ok(head)) if head.len() > COLUMNS_MAX => return Err(whole(Why::TooManyColumns)),
        Some(Ok(head)) => head,
        Some(Err(_)) => return Err(whole(Why::Unreadable)),
        None => return Err(whole(Why::Empty)),
    };
    let columns = columns_of(&head)?;
    let mut places = Places {
        text: text.as_bytes(),
        at: 0,
        line: 1,
    };
    let mut reading = Reading {
        columns,
        lines: Vec::new(),
        faults: Vec::new(),
    };
    for (row, number) in rows.zip(2..) {
        match row {
            Ok(row) if row.iter().all(str::is_empty) => {}
            Ok(_) if reading.lines.len() >= ROWS_MAX => {
                reading.fault(number, None, Why::TooManyRows);
                break;
            }
            Ok(row) => {
                let at = row.position().map_or(number, |at| places.line(at));
                reading.row(at, &row);
            }
            Err(error) => {
                let at = error.position().map_or(number, |at| places.line(at));
                reading.fault(at, None, Why::Unreadable);
            }
        }
        if reading.faults.len() >= FAULTS_MAX {
            break;
        }
    }
    reading.twins();
    if reading.lines.is_empty() && reading.faults.is_empty() {
        return Err(whole(Why::Empty));
    }
    if !reading.faults.is_empty() {
        reading
            .faults
            .sort_by_key(|fault| (fault.line, fault.column));
        reading.faults.truncate(FAULTS_MAX);
        return Err(reading.faults);
    }
    let heads = reading
        .columns
        .iter()
        .filter_map(|(field, at)| Some((*field, head.get(*at)?.to_owned())))
        .collect();
    Ok(Sheet {
        encoding,
        separator,
        heads,
        lines: reading.lines,
    })
}

/// The text of a file, and the name of its encoding; none when it is not text.
fn text_of(bytes: &[u8]) -> Option<(String, String)> {
    let (encoding, after) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..)?),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        // What French school programs write when it is not Unicode.
        None => (WINDOWS_1252, bytes),
    };
    let (text, broken) = encoding.decode_without_bom_handling(after);
    // A spreadsheet's own file is a zip or older; either is full of zero bytes.
    let binary = broken || text.contains('\0');
    (!binary).then(|| (text.into_owned(), encoding.name().to_lowercase()))
}

/// The separator that is most frequent in the heads, outside of quotes.
fn separator_of(line: &str) -> char {
    let mut quoted = false;
    let mut counts = [(';', 0_u32), ('\t', 0), (',', 0)];
    for c in line.chars() {
        if c == '"' {
            quoted = !quoted;
        }
        for (separator, count) in &mut counts {
            if !quoted && c == *separator {
                *count += 1;
            }
        }
    }
    // The first of those that are equal: semicolons before commas, which names hold too.
    let mut best = (';', 0);
    for one in counts {
        if one.1 > best.1 {
            best = one;
        }
    }
    best.0
}

/// Which column holds what.
fn columns_of(head: &StringRecord) -> Result<BTreeMap<Field, usize>, Vec<Fault>> {
    let folded: Vec<String> = head.iter().map(folded_head).collect();
    let mut columns = BTreeMap::new();
    for field in Field::ALL {
        let at = field
            .heads()
            .iter()
            .find_map(|wanted| folded.iter().position(|head| head == wanted));
        if let Some(at) = at {
            columns.insert(field, at);
        }
    }
    let named = columns.contains_key(&Field::Family) && columns.contains_key(&Field::Given);
    if named {
        columns.remove(&Field::Whole);
    }
    let mut missing = Vec::new();
    if !named && !columns.contains_key(&Field::Whole) {
        missing.extend(
            [Field::Family, Field::Given]
                .into_iter()
                .filter(|field| !columns.contains_key(field)),
        );
    }
    if !columns.contains_key(&Field::Class) {
        missing.push(Field::Class);
    }
    if missing.is_empty() {
        return Ok(columns);
    }
    Err(missing
        .into_iter()
        .map(|field| Fault {
            line: 1,
            column: None,
            why: Why::NoColumn(field),
        })
        .collect())
}

/// `Prénom 1 ` and `PRENOM_1` are the same head.
fn folded_head(head: &str) -> String {
    let plain: String = folded(head)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case without accents, for comparing.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' | 'í' | 'ì' => out.push('i'),
            'ô' | 'ö' | 'ó' | 'ò' | 'õ' => out.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => out.push('u'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            'ÿ' => out.push('y'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            // Combining accents, which some systems write apart from their letter.
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Where rows begin, counted as an editor counts: the csv crate names the blank line before a row.
struct Places<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Places<'_> {
    /// The line of a row; rows come in order.
    fn line(&mut self, row: &csv::Position) -> u64 {
        let start = usize::try_from(row.byte()).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at)
            && (self.at < start || matches!(byte, b'\n' | b'\r'))
        {
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

struct Reading {
    columns: BTreeMap<Field, usize>,
    lines: Vec<Line>,
    faults: Vec<Fault>,
}

impl Reading {
    fn fault(&mut self, line: u64, column: Option<usize>, why: Why) {
        self.faults.push(Fault { line, column, why });
    }

    fn row(&mut self, number: u64, row: &StringRecord) {
        if row.len() > COLUMNS_MAX {
            self.fault(number, None, Why::TooManyColumns);
            return;
        }
        let before = self.faults.len();
        let (family, given) = if self.columns.contains_key(&Field::Whole) {
            let whole = self.cell(number, row, Field::Whole, true);
            let (family, given) = parted(&whole);
            if given.is_empty() && !whole.is_empty() {
                let column = self.columns.get(&Field::Whole).map(|at| at + 1);
                self.fault(number, column, Why::Missing(Field::Given));
            }
            (family, given)
        } else {
            (
                self.cell(number, row, Field::Family, true),
                self.cell(number, row, Field::Given, true),
            )
        };
        let class = self.cell(number, row, Field::Class, true);
        let account = self.cell(number, row, Field::Account, false).to_lowercase();
        if self.faults.len() > before {
            return;
        }
        self.lines.push(Line {
            number,
            account: (!account.is_empty()).then(|| account.into()),
            given: given.into(),
            family: family.into(),
            class,
        });
    }

    /// The text of a cell, blanks in it made one.
    fn cell(&mut self, number: u64, row: &StringRecord, field: Field, needed: bool) -> String {
        let Some(at) = self.columns.get(&field).copied() else {
            return String::new();
        };
        let text = row.get(at).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = if text.is_empty() && needed {
            Some(Why::Missing(field))
        } else if text.chars().count() > CELL_MAX {
            Some(Why::Long)
        } else if text.chars().any(char::is_control) {
            Some(Why::Control)
        } else {
            None
        };
        if let Some(why) = why {
            self.fault(number, Some(at + 1), why);
        }
        text
    }

    /// Two lines that could be one pupil are a fault: nothing may be filed under the wrong one.
    fn twins(&mut self) {
        let mut accounts = BTreeMap::new();
        let mut names: BTreeMap<(String, String, String), (u64, bool)> = BTreeMap::new();
        let mut found = Vec::new();
        let column = |field| self.columns.get(&field).map(|at| at + 1);
        for line in &self.lines {
            if let Some(account) = &line.account
                && let Some(other) = accounts.insert(account.reveal().clone(), line.number)
            {
                found.push((
                    line.number,
                    column(Field::Account),
                    Why::AccountTwice(other),
                ));
                continue;
            }
            let key = (
                folded(line.family.reveal()),
                folded(line.given.reveal()),
                folded(&line.class),
            );
            let told = line.account.is_some();
            if let Some((other, other_told)) = names.insert(key, (line.number, told))
                && !(told && other_told)
            {
                found.push((line.number, None, Why::SameNames(other)));
            }
        }
        for (line, column, why) in found {
            self.fault(line, column, why);
        }
    }
}

/// `LE GALL BESSON Inès Marie`: the words in capitals are the family name.
fn parted(whole: &str) -> (String, String) {
    let words: Vec<&str> = whole.split(' ').collect();
    let capitals = |word: &&&str| {
        word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
    };
    let family = words.iter().take_while(capitals).count().max(1);
    let (family, given) = words.split_at_checked(family).unwrap_or_default();
    (family.join(" "), given.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sheet: &Sheet) -> Vec<String> {
        let shown = |line: &Line| {
            let account = line.account.as_ref().map_or("-", |it| it.reveal().as_str());
            format!(
                "{}|{}|{}|{account}",
                line.family.reveal(),
                line.given.reveal(),
                line.class
            )
        };
        sheet.lines.iter().map(shown).collect()
    }

    fn faults(text: &[u8]) -> Vec<String> {
        let shown = |fault: Fault| {
            let column = fault.column.map_or_else(String::new, |at| format!(":{at}"));
            format!("{}{column} {}", fault.line, fault.why.words(Lang::En))
        };
        read(text).unwrap_err().into_iter().map(shown).collect()
    }

    #[test]
    fn an_export_of_siecle_in_windows_1252() {
        let text = b"\"NOM\";\"PR\xc9NOM\";\"N\xc9(E) LE\";\"DIVISION\"\r\n\"N'GUYEN\";\"Zo\xe9\";\"01/02/2012\";\"4E B\"\r\n\"L\x8cILLET\";\"H\xe9l\xe8ne\";\"\";\"4E B\"\r\n;;;\r\n";
        let sheet = read(text).unwrap();
        assert_eq!(sheet.encoding, "windows-1252");
        assert_eq!(sheet.separator, ';');
        assert_eq!(
            names(&sheet),
            ["N'GUYEN|Zoé|4E B|-", "LŒILLET|Hélène|4E B|-"]
        );
        assert_eq!(sheet.heads[&Field::Class], "DIVISION");
    }

    #[test]
    fn an_export_of_pronote_with_a_mark_and_whole_names() {
        let text = "\u{feff}Élève\tClasse\tLogin\nLE GALL BESSON Inès Marie\t3e A\tI.Besson\n";
        let sheet = read(text.as_bytes()).unwrap();
        assert_eq!(sheet.separator, '\t');
        assert_eq!(names(&sheet), ["LE GALL BESSON|Inès Marie|3e A|i.besson"]);
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(
                "Nom;Prénom;Classe\nRoux;Léa;3e A\n"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            )
            .collect();
        let sheet = read(&utf16).unwrap();
        assert_eq!(sheet.encoding, "utf-16le");
        assert_eq!(names(&sheet), ["Roux|Léa|3e A|-"]);
    }

    #[test]
    fn commas_quotes_and_formulas_are_text() {
        let text = "class,first name,surname,username\n\"4e B, latin\",\"=CMD(\"\"calc\"\")\",\"O\"\"Neil\",on\n";
        let sheet = read(text.as_bytes()).unwrap();
        assert_eq!(
            names(&sheet),
            ["O\"Neil|=CMD(\"calc\")|4e B, latin|on"],
            "text, and never anything else"
        );
    }

    #[test]
    fn a_fault_names_its_line_and_column_and_no_pupil() {
        let text = "Nom;Prénom;Classe;Identifiant\nRoux;Léa;3e A;l.roux\nPetit;;3e A;\n\nBlanc;Tom\nNoir;\u{1}x;3e A;l.roux\nGris;Ana;3e A;L.ROUX\nVert;Lou;3e A;\nVERT;lou;3e a;\n";
        let found = faults(text.as_bytes());
        assert_eq!(
            found
                .iter()
                .map(|it| it.split(' ').next().unwrap())
                .collect::<Vec<_>>(),
            ["3:2", "5:3", "6:2", "7:4", "9"],
            "{found:#?}"
        );
        for name in ["Roux", "Petit", "Blanc", "Noir", "Gris", "Vert"] {
            assert!(!found.concat().contains(name), "{found:?}");
        }
    }

    #[test]
    fn what_is_no_roster_is_refused_by_name() {
        for (bytes, expected) in [
            (b"PK\x03\x04\x00\x00\x00".to_vec(), Why::NotText),
            (b"".to_vec(), Why::Empty),
            (b"Nom;Prenom;Classe\n".to_vec(), Why::Empty),
            (vec![b'a'; FILE_MAX + 1], Why::TooLarge),
            (
                "x;".repeat(COLUMNS_MAX + 1).into_bytes(),
                Why::TooManyColumns,
            ),
        ] {
            let first = read(&bytes).unwrap_err().remove(0).why;
            assert_eq!(first, expected);
        }
        let found = faults(b"Inventaire;Marque\n1;HP\n");
        assert_eq!(found.len(), 3, "{found:?}");
        let many = format!("Nom;Prenom;Classe\n{}", "a;b;c\n".repeat(ROWS_MAX + 10));
        let last = read(many.as_bytes()).unwrap_err();
        assert!(last.len() <= FAULTS_MAX);
        // One quote that never closes swallows the rest of the file: one long cell, told once.
        let open = format!("Nom;Prenom;Classe\n\"a;b;c\n{}", "d;e;f\n".repeat(1_000));
        let found = read(open.as_bytes()).unwrap_err();
        assert!(found.len() <= 3, "{found:?}");
    }
}
