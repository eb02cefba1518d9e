//! The sentences of this crate in French and English, from `text/*.ftl` (the subset of Fluent that it needs: one line a
//! message, `{ $name }` for an argument). Never a sentence in code.

use std::collections::BTreeMap;
use std::sync::OnceLock;

type Catalogue = BTreeMap<&'static str, &'static str>;

fn catalogue(lang: &str) -> &'static Catalogue {
    static FR: OnceLock<Catalogue> = OnceLock::new();
    static EN: OnceLock<Catalogue> = OnceLock::new();
    if lang.starts_with("en") {
        EN.get_or_init(|| parse(include_str!("../text/en.ftl")))
    } else {
        FR.get_or_init(|| parse(include_str!("../text/fr.ftl")))
    }
}

fn parse(text: &'static str) -> Catalogue {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, words)| (key.trim(), words.trim()))
        .collect()
}

/// The message of that key with its arguments filled in; the key itself when no catalogue has it, so that a test sees it.
pub(crate) fn say(lang: &str, key: &str, args: &[(&str, &str)]) -> String {
    let Some(words) = catalogue(lang).get(key) else {
        return key.to_owned();
    };
    let mut said = String::with_capacity(words.len().saturating_add(40));
    let mut rest = *words;
    while let Some((before, after)) = rest.split_once("{ $") {
        said.push_str(before);
        let Some((name, tail)) = after.split_once(" }") else {
            rest = after;
            break;
        };
        if let Some((_, value)) = args.iter().find(|(arg, _)| *arg == name) {
            said.push_str(value);
        }
        rest = tail;
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_arguments() {
        let arguments = |words: &str| {
            let mut names: Vec<String> = words
                .split("{ $")
                .skip(1)
                .filter_map(|part| Some(part.split_once(" }")?.0.to_owned()))
                .collect();
            names.sort();
            names
        };
        let (fr, en) = (catalogue("fr"), catalogue("en"));
        assert_eq!(fr.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        for (key, words) in fr {
            assert_eq!(arguments(words), arguments(en[key]), "{key}");
        }
    }

    #[test]
    fn an_argument_with_braces_is_not_read_again() {
        assert_eq!(
            say(
                "fr",
                "unknown-key",
                &[("key", "{ $near }"), ("near", "x"), ("where", "w")]
            )
            .matches("{ $near }")
            .count(),
            1
        );
    }
}
