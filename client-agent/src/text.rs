//! Texts for people, from the Fluent catalogues in `text/`: French first, English second. `agent.*.ftl` is the panel and the
//! words of receipts, `desktop.*.ftl` the desktop's own pages and windows, `doctor.*.ftl` the doctor.
//!
//! Never holds a text in code. A missing message shows its key, which the test below makes impossible to land.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::langid;

/// The languages that the agent speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// French, and whenever nothing says otherwise.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// The tag of the language, as `lang` attributes want it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language of a tag; French when it is none of ours.
    pub fn of(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// The language of a tag, if it is one of ours.
    pub fn known(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        match primary.trim().to_ascii_lowercase().as_str() {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The language that an `Accept-Language` header likes best among ours; none when it names neither (RFC 9110 §12.5.4).
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in accept_language.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';').map(str::trim);
            let Some(lang) = parts.next().and_then(Self::known) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(_, so_far)| quality > so_far) {
                best = Some((lang, quality));
            }
        }
        best.map(|(lang, _)| lang)
    }
}

/// Language ranges read in one header; the rest is ignored.
const RANGES_MAX: usize = 32;

type Catalogue = FluentBundle<FluentResource>;

const FR_TEXTS: [&str; 3] = [
    include_str!("../text/agent.fr.ftl"),
    include_str!("../text/desktop.fr.ftl"),
    include_str!("../text/doctor.fr.ftl"),
];
const EN_TEXTS: [&str; 3] = [
    include_str!("../text/agent.en.ftl"),
    include_str!("../text/desktop.en.ftl"),
    include_str!("../text/doctor.en.ftl"),
];

static FR: LazyLock<Catalogue> = LazyLock::new(|| catalogue(langid!("fr"), FR_TEXTS));
static EN: LazyLock<Catalogue> = LazyLock::new(|| catalogue(langid!("en"), EN_TEXTS));

fn catalogue(lang: unic_langid::LanguageIdentifier, texts: [&str; 3]) -> Catalogue {
    let mut bundle = FluentBundle::new_concurrent(vec![lang]);
    // Isolation marks would show as boxes where the X core font draws the text.
    bundle.set_use_isolating(false);
    for text in texts {
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A message without arguments.
pub(crate) fn say(lang: Lang, key: &str) -> String {
    say_with(lang, key, &[])
}

/// A message with arguments.
pub(crate) fn say_with(lang: Lang, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
    let bundle: &Catalogue = match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return key.to_owned();
    };
    let arguments: FluentArgs<'_> = arguments
        .iter()
        .map(|(name, value)| (*name, value.clone()))
        .collect();
    let mut errors = Vec::new();
    bundle
        .format_pattern(pattern, Some(&arguments), &mut errors)
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(text: &str) -> BTreeSet<&str> {
        text.lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key)
            .collect()
    }

    #[test]
    fn both_catalogues_hold_the_same_keys_and_parse() {
        for (fr, en) in FR_TEXTS.into_iter().zip(EN_TEXTS) {
            assert_eq!(keys(fr), keys(en));
            assert!(FluentResource::try_new(fr.to_owned()).is_ok());
            assert!(FluentResource::try_new(en.to_owned()).is_ok());
            for key in keys(fr) {
                for bundle in [&*FR, &*EN] {
                    assert!(bundle.has_message(key), "{key}");
                }
            }
        }
    }

    #[test]
    fn a_header_chooses_the_language_by_its_weights() {
        for (header, lang) in [
            ("", None),
            ("de, es;q=0.5", None),
            ("en-GB,en;q=0.9", Some(Lang::En)),
            ("en;q=0.3, fr-FR;q=0.7", Some(Lang::Fr)),
            ("fr;q=0, en;q=0.1", Some(Lang::En)),
            ("FR, en", Some(Lang::Fr)),
            ("en;q=ninety, fr;q=0.1", Some(Lang::Fr)),
        ] {
            assert_eq!(Lang::preferred(header), lang, "{header}");
        }
    }
}
