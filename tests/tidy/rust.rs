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
    /// Whether only tests have it: it is this crate's, or below `#[cfg(test)]` here or where its file is named.
    pub test: bool,
}

/// The tokens of a Rust file; none when no module names it, which is a rule of its own.
pub fn tokens(file: &File) -> &'static [Token] {
    compiled().get(file.path.as_str()).map_or(&[], Vec::as_slice)
}

/// Every Rust file that cargo compiles: the crates' roots and what their modules name.
pub fn compiled() -> &'static BTreeMap<&'static str, Vec<Token>> {
    static COMPILED: LazyLock<BTreeMap<&'static str, Vec<Token>>> = LazyLock::new(|| {
        let rust = || tree::all().iter().filter(|file| file.path.ends_with(".rs"));
        let mut next: Vec<_> =
            rust().filter(|file| is_root(file)).map(|root| (root, root.path.starts_with("tests/"))).collect();
        let mut compiled = BTreeMap::new();
        while let Some((file, test)) = next.pop() {
            let stream: TokenStream =
                file.text.parse().unwrap_or_else(|error| panic!("{} is not Rust: {error}", file.path));
            let mut tokens = Vec::new();
            flatten(stream, test, &mut tokens);
            let below = if is_root(file) {
                file.path.rsplit_once('/').map_or("", |(folder, _)| folder)
            } else {
                file.path.trim_end_matches(".rs")
            };
            let named = tokens.windows(3).filter(|three| three[0].text == "mod" && three[2].text == ";");
            for module in named {
                let path = format!("{below}/{}.rs", module[1].text);
                next.extend(rust().find(|file| file.path == path).map(|file| (file, module[0].test)));
            }
            compiled.insert(file.path.as_str(), tokens);
        }
        compiled
    });
    &COMPILED
}

/// Whether cargo begins here.
fn is_root(file: &File) -> bool {
    const ROOTS: [&str; 5] =
        ["src/lib.rs", "src/main.rs", "/build.rs", "examples/bridge/main.rs", "torture/tests/five.rs"];
    static TESTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let manifest: toml::Table = tree::file("tests/Cargo.toml").text.parse().expect("cargo reads it too");
        let targets = manifest["test"].as_array().expect("tests/Cargo.toml names its test binaries");
        targets.iter().filter_map(|target| Some(format!("tests/{}", target["path"].as_str()?))).collect()
    });
    ROOTS.iter().any(|root| file.path.ends_with(root)) || TESTS.contains(&file.path)
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
