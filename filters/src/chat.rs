//! How a message is read: once, into words that keep their place in the original ([`message`]), looked up in one vocabulary
//! ([`vocabulary`]) and walked through one trie of phrases ([`phrase`]).
//!
//! Pupils hide words with accents, look-alikes, digits, stars, spaces, repeated letters and SMS spelling; each is undone in one
//! place, by a table, on both the message and the phrases, so that a phrase is written in plain French and matches them all.
//! Never decides: the rules do.

pub(crate) mod detect;
pub(crate) mod fold;
pub(crate) mod learned;
pub(crate) mod message;
pub(crate) mod phrase;
pub(crate) mod sms;
pub(crate) mod task;
pub(crate) mod vocabulary;
