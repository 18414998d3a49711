//! Rust files as tokens, so that a comment or a sentence cannot be taken for code.

use std::{collections::BTreeMap, sync::LazyLock};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tree::{self, File};

/// A word, a sign or a literal of a Rust file.
pub struct Token {
    /// As it is written.
    pub text: String,
    /// Where.
    pub line: usize,
    /// Whether it belongs to a test: below `#[cfg(test)]`, in a file or folder called `tests`.
    pub test: bool,
}

/// The tokens of a Rust file.
pub fn tokens(file: &File) -> &'static [Token] {
    static TOKENS: LazyLock<BTreeMap<&'static str, Vec<Token>>> = LazyLock::new(|| {
        let rust = tree::all().iter().filter(|file| file.path.ends_with(".rs"));
        rust.map(|file| {
            let stream: TokenStream =
                file.text.parse().unwrap_or_else(|error| panic!("{} is not Rust: {error}", file.path));
            let test = ["tests/", "/tests/", "/tests.rs"].iter().any(|name| file.path.contains(name));
            let mut tokens = Vec::new();
            flatten(stream, test, &mut tokens);
            (file.path.as_str(), tokens)
        })
        .collect()
    });
    TOKENS.get(file.path.as_str()).unwrap_or_else(|| panic!("{} is not a Rust file", file.path))
}

/// Where a sequence of tokens stands in Rust files, as places.
pub fn places(files: &[&'static File], wanted: Wanted, sequence: &str) -> Vec<String> {
    let sequence: Vec<&str> = sequence.split(' ').collect();
    let found =
        files.iter().flat_map(|file| tokens(file).windows(sequence.len()).map(move |window| (file, window)));
    found
        .filter(|(_, window)| wanted == Wanted::Everywhere || window[0].test == (wanted == Wanted::Tests))
        .filter(|(_, window)| window.iter().map(|token| token.text.as_str()).eq(sequence.iter().copied()))
        .map(|(file, window)| {
            format!("{}:{}: {}", file.path, window[0].line, sequence.join(" ").replace(" : : ", "::"))
        })
        .collect()
}

/// Which code a rule is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Everywhere,
    /// What people run.
    Product,
    /// What only tests run.
    Tests,
}

fn flatten(stream: TokenStream, test: bool, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    // True from `#[cfg(test)]` to the end of the item below it.
    let mut item_of_test = false;
    while let Some(tree) = trees.next() {
        let test = test || item_of_test;
        let mut push = |text: String, span: proc_macro2::Span| {
            tokens.push(Token { text, line: span.start().line, test });
        };
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                let attribute = match trees.peek() {
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                        group.stream()
                    }
                    _ => TokenStream::new(),
                };
                let first = attribute.clone().into_iter().next().map(|tree| tree.to_string());
                if first.as_deref() == Some("doc") {
                    trees.next(); // A documentation comment.
                    continue;
                }
                item_of_test |= attribute.to_string().replace(' ', "") == "cfg(test)";
                push("#".to_owned(), sign.span());
            }
            TokenTree::Punct(sign) => {
                item_of_test &= sign.as_char() != ';';
                push(sign.to_string(), sign.span());
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.to_owned(), group.span_open());
                flatten(group.stream(), test, tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line, test });
                item_of_test &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Ident(word) => push(word.to_string(), word.span()),
            TokenTree::Literal(literal) => push(literal.to_string(), literal.span()),
        }
    }
}
