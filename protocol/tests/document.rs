//! The wire document and the code say the same: each field and tag of a golden file stands in it, its transcript is read by our
//! own reader, its test vector holds.

#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use serde_json::Value;
use vigie_protocol::frame::Transcript;
use vigie_protocol::{AgentFrame, ServerFrame, WorkstationId};

const DOCUMENT: &str = include_str!("../README.md");

fn transcript() -> impl Iterator<Item = &'static str> {
    DOCUMENT
        .split("```transcript\n")
        .skip(1)
        .filter_map(|part| part.split("```").next())
        .flat_map(str::lines)
}

#[test]
fn the_transcript_is_read_and_written_as_it_stands() {
    let (mut from_agent, mut from_server) = (0, 0);
    for line in transcript() {
        if let Some(text) = line.strip_prefix("> ") {
            let frame = AgentFrame::decode(text).unwrap();
            assert!(!matches!(frame, AgentFrame::Unknown(_)), "{text}");
            assert_eq!(frame.encode(), text);
            from_agent += 1;
        } else {
            let text = line.strip_prefix("< ").unwrap();
            let frame = ServerFrame::decode(text).unwrap();
            assert!(!matches!(frame, ServerFrame::Unknown(_)), "{text}");
            assert_eq!(frame.encode(), text);
            from_server += 1;
        }
    }
    assert!(from_agent >= 8 && from_server >= 10);
}

#[test]
fn every_tag_and_field_is_explained() {
    fn words(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let is_tag = matches!(key.as_str(), "t" | "kind" | "do" | "is" | "card");
                    if let (true, Some(tag)) = (is_tag, value.as_str()) {
                        into.insert(tag.to_owned());
                    }
                    into.insert(key.clone());
                    // Keys of cards are not fields.
                    if key == "cards" {
                        for card in value.as_object().unwrap().values() {
                            words(card, into);
                        }
                    } else {
                        words(value, into);
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| words(value, into)),
            _ => {}
        }
    }
    let mut said = BTreeSet::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().contains("unknown") {
            let text = std::fs::read_to_string(&path).unwrap();
            words(&serde_json::from_str(&text).unwrap(), &mut said);
        }
    }
    let explained: BTreeSet<&str> = DOCUMENT
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let missing: Vec<&String> = said
        .iter()
        .filter(|word| !explained.contains(word.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "the document does not explain {missing:?}"
    );
}

#[test]
fn the_test_vector_holds() {
    let seed: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let key = SigningKey::from_bytes(&seed);
    let workstation = WorkstationId::from("5f1c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f");
    let [ours, theirs] = [[0xAB_u8; 32], [0xCD; 32]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let server = SigningKey::from_bytes(&[0xEE; 32]);
    let exporter = URL_SAFE_NO_PAD.encode([0x55_u8; 32]);
    let public = |key: &SigningKey| URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let (agent_key, server_key) = (public(&key), public(&server));
    let mut words = vec![ours.clone(), theirs.clone(), exporter.clone()];
    words.extend([agent_key, server_key.clone()]);
    for exporter in [Some(exporter.as_str()), None] {
        let transcript = Transcript {
            workstation: &workstation,
            server_nonce: &ours,
            agent_nonce: &theirs,
            server: &server_key,
            exporter,
        };
        let (said, text) = (transcript.server_text(), transcript.agent_text());
        assert_ne!(said, text, "neither signature is good for the other");
        for (key, text) in [(&server, &said), (&key, &text)] {
            let signature: Signature = key.sign(text);
            key.verifying_key().verify(text, &signature).unwrap();
            words.push(URL_SAFE_NO_PAD.encode(signature.to_bytes()));
        }
        if exporter.is_some() {
            assert!(DOCUMENT.contains(&format!("{} signed bytes", text.len())));
        }
    }
    for word in words {
        assert!(DOCUMENT.contains(&format!("`{word}`")), "{word}");
    }
}
