//! Initials of a name's pinyin, by which people search: 翠湖公园 is `chgy`.

use pinyin::ToPinyin as _;

/// The initials: one letter a Chinese character; Latin letters and digits stand for themselves.
pub(crate) fn of(name: &str) -> String {
    name.chars().filter_map(initial).collect()
}

fn initial(character: char) -> Option<char> {
    if character.is_ascii_alphanumeric() {
        return Some(character.to_ascii_lowercase());
    }
    character.to_pinyin()?.plain().chars().next()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_gives_one_letter_a_character() {
        assert_eq!(super::of("翠湖公园"), "chgy");
        assert_eq!(super::of("金碧 A区（3号院）"), "jbaq3hy");
    }
}
