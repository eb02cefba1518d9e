//! Every sentence for people, from the Fluent catalogues in `server/text`, resolved for each reader's language.
//!
//! Owns the catalogues. Never holds a sentence itself; never names a person but from an argument. French first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
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

    fn sources(self) -> [&'static str; 3] {
        match self {
            Self::Fr => [
                include_str!("../text/fr/room.ftl"),
                include_str!("../text/fr/problem.ftl"),
                include_str!("../text/fr/page.ftl"),
            ],
            Self::En => [
                include_str!("../text/en/room.ftl"),
                include_str!("../text/en/problem.ftl"),
                include_str!("../text/en/page.ftl"),
            ],
        }
    }
}

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
    for source in lang.sources() {
        keys.extend(source.lines().filter_map(key_of).map(str::to_owned));
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) => resource,
            Err((resource, faults)) => {
                tracing::error!(lang = lang.code(), ?faults, "a catalogue has faults");
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
