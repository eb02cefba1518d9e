//! Every sentence for people, from the Fluent catalogues in `server/text`, resolved for each reader's language.
//!
//! Owns the catalogues. Never holds a sentence itself; never names a person but from an argument. French first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use unic_langid::{LanguageIdentifier, langid};

/// A language of the catalogues.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Fr,
    En,
}

impl Lang {
    /// The code, as in a URL, a cookie or `lang="…"`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language of a code or a tag (`fr`, `en-GB`).
    pub fn of(tag: &str) -> Option<Self> {
        match tag.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that we speak, in the header's own order.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::of)
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Self::Fr => langid!("fr"),
            Self::En => langid!("en"),
        }
    }
}

/// The catalogues: a folder a language, a file for each part of the house.
#[derive(RustEmbed)]
#[folder = "text/"]
struct Files;

struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    keys: Vec<String>,
}

static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| read(Lang::Fr));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| read(Lang::En));

fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::Fr => &FRENCH,
        Lang::En => &ENGLISH,
    }
}

/// A catalogue with a fault gives what could be read of it; the test of the catalogues refuses any fault.
fn read(lang: Lang) -> Catalogue {
    let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
    // The marks around arguments are for mixed scripts; here they would only break searches and speech.
    bundle.set_use_isolating(false);
    let mut keys = Vec::new();
    let folder = format!("{}/", lang.code());
    for file in Files::iter().filter(|file| file.starts_with(&folder)) {
        let source = Files::get(&file)
            .and_then(|found| String::from_utf8(found.data.into_owned()).ok())
            .unwrap_or_default();
        keys.extend(source.lines().filter_map(key_of).map(str::to_owned));
        let resource = match FluentResource::try_new(source) {
            Ok(resource) => resource,
            Err((resource, faults)) => {
                tracing::error!(%file, ?faults, "a catalogue has faults");
                resource
            }
        };
        bundle.add_resource_overriding(resource);
    }
    Catalogue { bundle, keys }
}

fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim_end();
    let named = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    named.then_some(key)
}

/// The sentence of `key`. A key that is in no catalogue gives the key itself, which a test looks for.
pub fn say(lang: Lang, key: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> String {
    let bundle = &catalogue(lang).bundle;
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, lang = lang.code(), "a sentence is in no catalogue");
        return key.to_owned();
    };
    let mut given = FluentArgs::new();
    for (name, value) in arguments {
        given.set(*name, value.clone());
    }
    let mut faults = Vec::new();
    let said = bundle.format_pattern(pattern, Some(&given), &mut faults);
    if !faults.is_empty() {
        tracing::error!(key, lang = lang.code(), "a sentence misses an argument");
    }
    said.into_owned()
}

/// The sentence of `key`, if the catalogue has one without arguments: for words that may be unknown, like an application's.
pub fn find(lang: Lang, key: &str) -> Option<String> {
    let bundle = &catalogue(lang).bundle;
    let pattern = bundle.get_message(key)?.value()?;
    let mut faults = Vec::new();
    Some(
        bundle
            .format_pattern(pattern, None, &mut faults)
            .into_owned(),
    )
}

/// Every sentence that needs no argument, for the page's own scripts.
pub fn all(lang: Lang) -> BTreeMap<String, String> {
    let catalogue = catalogue(lang);
    catalogue
        .keys
        .iter()
        .filter_map(|key| {
            let pattern = catalogue.bundle.get_message(key)?.value()?;
            let mut faults = Vec::new();
            let said = catalogue.bundle.format_pattern(pattern, None, &mut faults);
            faults.is_empty().then(|| (key.clone(), said.into_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(lang: Lang) -> BTreeSet<&'static str> {
        catalogue(lang).keys.iter().map(String::as_str).collect()
    }

    #[test]
    fn both_catalogues_say_the_same_things_without_a_fault() {
        assert_eq!(keys(Lang::Fr), keys(Lang::En));
        for lang in [Lang::Fr, Lang::En] {
            let listed = &catalogue(lang).keys;
            assert_eq!(listed.len(), keys(lang).len(), "a key is there twice");
            for file in Files::iter().filter(|file| file.starts_with(lang.code())) {
                let source = Files::get(&file).unwrap().data.into_owned();
                let read = FluentResource::try_new(String::from_utf8(source).unwrap());
                assert!(read.is_ok(), "{file}: {:?}", read.unwrap_err().1);
            }
            for key in listed {
                assert!(catalogue(lang).bundle.has_message(key), "{key}");
            }
        }
    }

    #[test]
    fn plurals_follow_the_language() {
        let hands = |lang, count: u32| say(lang, "pill-hand", &[("count", count.into())]);
        assert_eq!(hands(Lang::Fr, 0), "0 main");
        assert_eq!(hands(Lang::Fr, 1), "1 main");
        assert_eq!(hands(Lang::Fr, 2), "2 mains");
        assert_eq!(hands(Lang::En, 0), "0 hands");
        assert_eq!(hands(Lang::En, 1), "1 hand");
    }

    #[test]
    fn a_header_chooses_the_first_language_that_we_speak() {
        assert_eq!(Lang::accepted("de-DE,en-GB;q=0.8,fr"), Some(Lang::En));
        assert_eq!(Lang::accepted("fr"), Some(Lang::Fr));
        assert_eq!(Lang::accepted("é"), None);
    }
}
