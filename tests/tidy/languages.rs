//! Two languages say the same things, and every code has a sentence.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    nowhere,
    rust::tokens,
    tree::{file, files},
};

const APP: &str = "client/src/locales";
const CONSOLE: &str = "server/console/src/locales";

/// The keys of an app's language files, by file.
fn languages(folder: &str) -> BTreeMap<&'static str, BTreeSet<String>> {
    fn keys(value: &Value, path: &str, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| keys(value, &format!("{path}.{name}"), into))
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, value)| keys(value, &format!("{path}.{n}"), into))
            }
            Value::String(_) => drop(into.insert(path.trim_start_matches('.').to_owned())),
            Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{path} is not a text"),
        }
    }
    let languages: BTreeMap<_, _> = files(&[folder], &[".json"])
        .into_iter()
        .map(|file| {
            let value =
                serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            let mut all = BTreeSet::new();
            keys(&value, "", &mut all);
            (file.path.as_str(), all)
        })
        .collect();
    assert_eq!(languages.len(), 2, "{folder}: 中文 and English");
    languages
}

#[test]
fn both_languages_have_the_same_sentences() {
    let lacking = [APP, CONSOLE].into_iter().flat_map(|folder| {
        let languages = languages(folder);
        let all: BTreeSet<String> = languages.values().flatten().cloned().collect();
        languages.into_iter().flat_map(move |(path, keys)| {
            all.difference(&keys).map(|key| format!("{path}: {key}")).collect::<Vec<_>>()
        })
    });
    nowhere(lacking, "a person who reads one language only must not meet a bare key");
}

/// Every code that the functions called `code` in a file answer with, by the variant.
fn codes(path: &str) -> BTreeMap<String, String> {
    let tokens: Vec<&str> = tokens(file(path)).iter().map(|token| token.text.as_str()).collect();
    let mut codes = BTreeMap::new();
    for (at, _) in tokens.windows(3).enumerate().filter(|(_, three)| *three == ["fn", "code", "("]) {
        let body = tokens[at..].iter().position(|token| *token == "{").expect("a function has a body") + at;
        let mut depth = 0;
        let mut variants = Vec::new();
        for (here, token) in tokens.iter().enumerate().skip(body) {
            match *token {
                "{" => depth += 1,
                "}" => depth -= 1,
                word if word.starts_with(char::is_uppercase) && tokens[here - 1] == ":" => {
                    variants.push(word.to_owned())
                }
                code if code.starts_with('"') => {
                    codes.extend(
                        variants.drain(..).map(|variant| (variant, code.trim_matches('"').to_owned())),
                    );
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    assert!(!codes.is_empty(), "{path} has no function `code` any more");
    codes
}

/// Codes without a sentence `errors.<code>` in every language of an app.
fn unsaid(folder: &str, codes: impl IntoIterator<Item = String>) -> Vec<String> {
    let languages = languages(folder);
    let all = codes.into_iter().flat_map(|code| {
        let lacking = languages.iter().filter(|(_, keys)| !keys.contains(&format!("errors.{code}")));
        lacking.map(|(path, _)| format!("{path}: errors.{code}")).collect::<Vec<_>>()
    });
    all.collect()
}

#[test]
fn every_reason_of_the_gate_has_a_sentence_in_both_apps() {
    // Each stands in a table: `number = Variant => "code"`, and `later "code"` for those to come.
    let tokens: Vec<&str> =
        tokens(file("shared/src/protocol/reason.rs")).iter().map(|token| token.text.as_str()).collect();
    let in_table = |pair: &&[&str]| pair[1].starts_with('"') && matches!(pair[0], ">" | "=>" | "later");
    let reasons = tokens.windows(2).filter(in_table).map(|pair| pair[1].trim_matches('"').to_owned());
    let reasons: Vec<String> = reasons.collect();
    assert!(reasons.len() > 15, "reasons to hold and to refuse: {reasons:?}");
    for app in [APP, CONSOLE] {
        nowhere(
            unsaid(app, reasons.clone()),
            "whose work is held or refused reads why, on the phone and at the desk",
        );
    }
}

#[test]
fn every_error_of_the_server_has_a_sentence_in_the_console() {
    nowhere(
        unsaid(CONSOLE, codes("server/src/error.rs").into_values()),
        "an error says what happened, what it means for the data, and what to do",
    );
}

#[test]
fn every_failure_of_the_app_has_a_sentence_in_the_app() {
    nowhere(
        unsaid(APP, codes("client/core/src/failure.rs").into_values()),
        "an error says what happened, what it means for the data, and what to do",
    );
}

#[test]
fn every_error_a_device_can_be_answered_with_has_a_sentence_in_the_app() {
    // What a device calls: its handlers, and what lets it in.
    let rooms = [
        "server/src/handlers/enrolment",
        "server/src/handlers/sync",
        "server/src/handlers/tus",
        "server/src/handlers/photos",
        "server/src/handlers/live",
        "server/src/auth/device",
        "server/src/auth/sign_in",
        "server/src/photos",
        "server/src/extract",
    ];
    let codes = codes("server/src/error.rs");
    let answered = files(&rooms, &[".rs"]).into_iter().flat_map(|file| {
        let tokens = tokens(file).iter().filter(|token| !token.test).map(|token| token.text.as_str());
        let tokens: Vec<&str> = tokens.collect();
        let named = tokens.windows(4).filter(|four| four[..3] == ["ApiError", ":", ":"]);
        named.filter_map(|four| codes.get(four[3]).cloned()).collect::<Vec<_>>()
    });
    let mut answered: BTreeSet<String> = answered.collect();
    assert!(answered.contains("wrong_password"), "signing in can fail: {answered:?}");
    // They stand beside signing in, but only the console's accounts and first start can get them.
    answered.retain(|code| !["login_invalid", "setup_code_wrong"].contains(&code.as_str()));
    nowhere(unsaid(APP, answered), "the app says in its person's words what the server answered");
}
