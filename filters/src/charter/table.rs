//! A TOML table read key by key: every key that nobody asked for is a fault at its place, every value of the wrong kind too.
//!
//! Never knows what a charter is: [`super::read`] asks for its keys.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Words;
use super::fault::{Faults, nearest};

/// A text with its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) at: Range<usize>,
}

/// A table being read.
#[derive(Debug)]
pub(crate) struct Reading<'t, 'i> {
    table: &'t DeTable<'i>,
    /// Where the table stands, for what is missing from it.
    pub(crate) at: Range<usize>,
    /// What the table is, as the catalogue's argument: `[[rule]]`.
    name: &'static str,
    asked: BTreeSet<&'static str>,
}

impl<'t, 'i> Reading<'t, 'i> {
    pub(crate) fn of(table: &'t DeTable<'i>, at: Range<usize>, name: &'static str) -> Self {
        Self {
            table,
            at,
            name,
            asked: BTreeSet::new(),
        }
    }

    /// The value of a key.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.asked.insert(key);
        self.table.get(key)
    }

    /// Every key with its value, for tables whose keys the author chooses.
    pub(crate) fn all(
        &self,
    ) -> impl Iterator<Item = (Placed<&'t str>, &'t Spanned<DeValue<'i>>)> + use<'t, 'i> {
        let table = self.table;
        table.iter().map(|(key, value)| {
            let placed = Placed {
                value: key.get_ref().as_ref(),
                at: key.span(),
            };
            (placed, value)
        })
    }

    pub(crate) fn text(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<Placed<String>> {
        let value = self.take(key)?;
        text(value, key, faults)
    }

    /// A text that must be there.
    pub(crate) fn required(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Placed<String> {
        if self.take(key).is_none() {
            self.missing(key, faults);
        }
        self.text(key, faults).unwrap_or(Placed {
            value: String::new(),
            at: self.at.clone(),
        })
    }

    pub(crate) fn missing(&self, key: &str, faults: &mut Faults<'_>) {
        faults.error(
            self.at.clone(),
            "missing-key",
            &[("key", key), ("where", self.name)],
        );
    }

    /// A list of texts; a single text is a list of one.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<Placed<String>> {
        match self.take(key) {
            Some(value) => texts(value, key, faults),
            None => Vec::new(),
        }
    }

    pub(crate) fn integer(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<Placed<i64>> {
        let value = self.take(key)?;
        integer(value, key, faults)
    }

    pub(crate) fn integers(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<Placed<i64>> {
        match self
            .take(key)
            .map(|value| (value, value.get_ref().as_array()))
        {
            Some((_, Some(array))) => array
                .iter()
                .filter_map(|one| integer(one, key, faults))
                .collect(),
            Some((value, None)) => integer(value, key, faults).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(crate) fn truth(&mut self, key: &'static str, faults: &mut Faults<'_>) -> bool {
        match self.take(key) {
            None => false,
            Some(value) => value.get_ref().as_bool().unwrap_or_else(|| {
                wrong_kind(value, key, "kind-truth", faults);
                false
            }),
        }
    }

    pub(crate) fn table(
        &mut self,
        key: &'static str,
        name: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<Reading<'t, 'i>> {
        let value = self.take(key)?;
        as_table(value, key, name, faults)
    }

    /// The tables of `[[key]]`.
    pub(crate) fn tables(
        &mut self,
        key: &'static str,
        name: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<Reading<'t, 'i>> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            wrong_kind(value, key, "kind-tables", faults);
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|one| as_table(one, key, name, faults))
            .collect()
    }

    /// `{ fr = "…", en = "…" }`, or a text that is French.
    pub(crate) fn words(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Words {
        let Some(value) = self.take(key) else {
            self.missing(key, faults);
            return Words::default();
        };
        if let Some(fr) = value.get_ref().as_str() {
            return Words {
                fr: fr.to_owned(),
                en: None,
            };
        }
        let Some(mut table) = as_table(value, key, "{ fr, en }", faults) else {
            return Words::default();
        };
        let fr = table.required("fr", faults);
        let en = table.text("en", faults);
        let is_there = table.table.get("fr").is_some();
        table.finish(faults);
        if fr.value.trim().is_empty() && is_there {
            faults.error(fr.at, "empty", &[("key", key)]);
        }
        Words {
            fr: fr.value,
            en: en.map(|en| en.value),
        }
    }

    /// Says every key that nobody asked for.
    pub(crate) fn finish(self, faults: &mut Faults<'_>) {
        for (key, _) in self.table {
            let word = key.get_ref().as_ref();
            if self.asked.contains(word) {
                continue;
            }
            let args = [("key", word), ("where", self.name)];
            match nearest(word, self.asked.iter().copied()) {
                Some(near) => faults.error(
                    key.span(),
                    "unknown-key-near",
                    &[("key", word), ("where", self.name), ("near", near)],
                ),
                None => faults.error(key.span(), "unknown-key", &args),
            }
        }
    }
}

pub(crate) fn as_table<'t, 'i>(
    value: &'t Spanned<DeValue<'i>>,
    key: &str,
    name: &'static str,
    faults: &mut Faults<'_>,
) -> Option<Reading<'t, 'i>> {
    let table = value.get_ref().as_table();
    if table.is_none() {
        wrong_kind(value, key, "kind-table", faults);
    }
    Some(Reading::of(table?, value.span(), name))
}

pub(crate) fn text(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    faults: &mut Faults<'_>,
) -> Option<Placed<String>> {
    let Some(text) = value.get_ref().as_str() else {
        wrong_kind(value, key, "kind-text", faults);
        return None;
    };
    Some(Placed {
        value: text.to_owned(),
        at: value.span(),
    })
}

pub(crate) fn texts(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    faults: &mut Faults<'_>,
) -> Vec<Placed<String>> {
    match value.get_ref().as_array() {
        Some(array) => array
            .iter()
            .filter_map(|one| text(one, key, faults))
            .collect(),
        None => text(value, key, faults).into_iter().collect(),
    }
}

fn integer(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    faults: &mut Faults<'_>,
) -> Option<Placed<i64>> {
    let number = value
        .get_ref()
        .as_integer()
        .and_then(|digits| i64::from_str_radix(digits.as_str(), digits.radix()).ok());
    let Some(number) = number else {
        wrong_kind(value, key, "kind-integer", faults);
        return None;
    };
    Some(Placed {
        value: number,
        at: value.span(),
    })
}

fn wrong_kind(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    expected: &'static str,
    faults: &mut Faults<'_>,
) {
    faults.error(
        value.span(),
        expected,
        &[("key", key), ("found", value.get_ref().type_str())],
    );
}
