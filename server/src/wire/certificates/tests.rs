//! Certificates on disk: made, kept, renewed, exchanged, refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

const NOW: Stamp = Stamp(1_795_507_200_000);

fn days(count: i64) -> Span {
    Span::minutes(count * 24 * 60)
}

fn own(keys: &Path, names: &[&str]) -> Source {
    Source::Own {
        keys: keys.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Whether whoever trusts our authority takes what we show for this name, at this moment.
fn is_taken(certificates: &Certificates, name: &str, at: Stamp) -> bool {
    vouched(&certificates.shown.load(), name, at).is_some()
}

#[test]
fn an_authority_of_our_own_is_made_once_and_its_leaf_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let source = own(
        folder.path(),
        &["vigie.college.lan", "192.168.1.10", "localhost", "::1"],
    );
    let certificates = Certificates::open(source.clone(), NOW).unwrap();
    for name in ["vigie.college.lan", "192.168.1.10", "localhost", "::1"] {
        assert!(is_taken(&certificates, name, NOW), "{name}");
    }
    assert!(!is_taken(&certificates, "bank.example", NOW));
    assert!(!is_taken(&certificates, "localhost", NOW + days(91)));
    for (file, mode) in [
        ("authority.pem", 0o644),
        ("authority-key.pem", 0o600),
        ("server.pem", 0o644),
        ("server-key.pem", 0o600),
    ] {
        let kept = fs::metadata(folder.path().join(file)).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, mode, "{file}");
    }
    let (first, authority) = (certificates.facts(), certificates.facts().authority);
    assert_eq!(certificates.look(NOW + days(59)).unwrap(), Looked::Same);
    // Started again on the same files: the same.
    let again = Certificates::open(source, NOW + days(1)).unwrap();
    assert_eq!(again.facts().ends, first.ends);
    // Thirty days before its end it is made anew, and the authority that tablets trust is the same.
    assert_eq!(certificates.look(NOW + days(61)).unwrap(), Looked::Taken);
    assert!(certificates.facts().ends > first.ends + days(60));
    assert_eq!(certificates.facts().authority, authority);
    assert!(is_taken(&certificates, "localhost", NOW + days(120)));
}

#[test]
fn another_name_is_taken_up_and_one_that_is_not_ours_is_refused_by_whoever_looks() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["vigie.college.lan"];
    Certificates::open(own(folder.path(), &names), NOW).unwrap();
    let more = own(folder.path(), &["vigie.college.lan", "10.0.0.9"]);
    let certificates = Certificates::open(more, NOW).unwrap();
    assert!(is_taken(&certificates, "10.0.0.9", NOW));
    // The authority speaks for the names it was made for and for private ones: with its key stolen too.
    let strange = own(folder.path(), &["bank.example"]);
    let certificates = Certificates::open(strange, NOW).unwrap();
    assert!(!is_taken(&certificates, "bank.example", NOW));
    assert_eq!(certificates.unvouched(NOW), ["bank.example"]);
}

#[test]
fn a_given_certificate_is_exchanged_without_a_restart_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for keys in [&one, &two] {
        Certificates::open(own(keys, &["vigie.example"]), NOW).unwrap();
    }
    let given = folder.path().join("given");
    fs::create_dir(&given).unwrap();
    let (certificate, key) = (given.join("chain.pem"), given.join("key.pem"));
    let source = Source::Given {
        certificate: certificate.clone(),
        key: key.clone(),
    };
    let refused = Certificates::open(source.clone(), NOW).unwrap_err();
    assert!(refused.to_string().contains("tls.certificate"), "{refused}");
    fs::copy(one.join("server.pem"), &certificate).unwrap();
    fs::copy(one.join("server-key.pem"), &key).unwrap();
    let certificates = Certificates::open(source, NOW).unwrap();
    let first = Arc::clone(&certificates.shown.load().key);
    assert!(certificates.facts().authority.is_none());
    assert_eq!(certificates.look(NOW).unwrap(), Looked::Same);
    assert_eq!(certificates.ends_soon(NOW), None);
    assert!(certificates.ends_soon(NOW + days(80)).is_some());

    // The new certificate is there, its key not yet: not a pair, and the old pair stays.
    fs::write(
        &certificate,
        [fs::read(two.join("server.pem")).unwrap(), b"\n".to_vec()].concat(),
    )
    .unwrap();
    let error = certificates.look(NOW).unwrap_err();
    assert!(
        matches!(error, CertificateError::NotAPair { .. }),
        "{error}"
    );
    assert_eq!(certificates.shown.load().key.cert, first.cert);
    fs::write(&key, b"nonsense").unwrap();
    let error = certificates.look(NOW).unwrap_err();
    assert!(matches!(error, CertificateError::NoKey { .. }), "{error}");
    fs::copy(two.join("server-key.pem"), &key).unwrap();
    assert_eq!(certificates.look(NOW).unwrap(), Looked::Taken);
    assert_ne!(certificates.shown.load().key.cert, first.cert);
    fs::write(&certificate, b"").unwrap();
    let error = certificates.look(NOW).unwrap_err();
    assert!(
        matches!(error, CertificateError::NoCertificate { .. }),
        "{error}"
    );
}
