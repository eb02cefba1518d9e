//! The charter: its language, its lists, its verdicts. Text goes in, verdicts come out.
//!
//! The shape is globset's. A charter is read once ([`read_charter`]), each rule is put into the cheapest strategy that can
//! decide it ([`RuleSet`]): a hash of host suffixes, one look-up in the compiled lists, one trie of words, and regexes only for
//! the rules that need one. The candidate (a host, a URL, a message) is prepared once, every strategy looks at the prepared form,
//! and the answer is *all* matches in charter order ([`judge`]). What rules with a window remember is plain state
//! ([`Memory`]): `judge` reads it, whoever applies records updates it, so a replay gives the same state.
//!
//! Never a clock, never IO except opening, building and adopting a list file. Next: [`charter`] for the language, `rules` for
//! the strategies, `chat` for how a message is read, [`lists`] for the compiled file, [`cli`] for what the command line calls.

pub mod charter;
mod chat;
pub mod cli;
mod host;
mod judge;
#[doc(hidden)]
pub mod learn;
pub mod lists;
mod memory;
mod rules;
mod text;
mod verdict;

pub use charter::{
    Act, Article, Charter, Diagnostic, Level, Rule, SESSION_KINDS, Severity, Words,
    default_charter, needs, read_charter,
};
pub use judge::{Context, judge};
pub use lists::Lists;
pub use memory::Memory;
pub use rules::RuleSet;
pub use verdict::{Evidence, Repeat, Verdict, explain};
