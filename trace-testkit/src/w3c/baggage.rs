//! Parses and formats the header `baggage`.

use super::white_space::trimmed;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The characters that a value must encode.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// The entries of all `baggage` headers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baggage {
    pub(crate) members: Vec<Member>,
}

/// A key and its value; properties are checked but not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// Decoded.
    pub(crate) value: String,
}

impl Baggage {
    /// Reads the values of all headers, in their order; the error describes what is wrong.
    pub(crate) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let headers = headers.into_iter().filter(|header| !trimmed(header).is_empty());
        let parts = headers.flat_map(|header| header.split(',')).map(trimmed);
        Ok(Self { members: parts.map(member).collect::<Result<_, _>>()? })
    }

    /// Returns the value of a key; the last one, if there are several.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let mut members = self.members.iter().rev();
        members.find_map(|member| (member.key == key).then_some(&*member.value))
    }
}

/// Formats an entry for the header.
pub(crate) fn encoded(key: &str, value: &str) -> String {
    format!("{key}={}", utf8_percent_encode(value, ENCODED))
}

/// Whether it may be a key: a token of HTTP.
pub(crate) fn is_key(key: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !key.is_empty() && key.bytes().all(is_token)
}

fn member(part: &str) -> Result<Member, String> {
    let mut parts = part.split(';').map(trimmed);
    let pair = parts.next().unwrap_or_default();
    let (key, value) = pair
        .split_once('=')
        .map(|(key, value)| (trimmed(key), trimmed(value)))
        .ok_or_else(|| format!("its member `{part}` has no `=`"))?;
    if !is_key(key) {
        return Err(format!("`{key}` is not a key: letters, digits and !#$%&'*+-.^_`|~"));
    }
    if let Some(wrong) = value.chars().find(|&letter| !is_octet(letter)) {
        return Err(format!(
            "the value `{value}` of `{key}` contains `{wrong}`, which must be percent-encoded"
        ));
    }
    if let Some(wrong) = parts.find(|part| !is_property(part)) {
        return Err(format!("`{wrong}` is not a property"));
    }
    let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
    Ok(Member { key: key.to_owned(), value })
}

/// `key` or `key=value`.
fn is_property(part: &str) -> bool {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    is_key(trimmed(key)) && trimmed(value).chars().all(is_octet)
}

fn is_octet(letter: char) -> bool {
    matches!(letter, '!'..='~') && !matches!(letter, '"' | ',' | ';' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&str]) -> String {
        let baggage = Baggage::parse(headers.iter().copied()).unwrap_or_else(|why| panic!("{why}"));
        let shown = |member: &Member| format!("{}={}", member.key, member.value);
        baggage.members.iter().map(shown).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn valid_headers_are_read() {
        assert_eq!(read(&[]), "");
        assert_eq!(read(&["", " \t"]), "");
        assert_eq!(read(&["a=1,b=2"]), "a=1|b=2");
        assert_eq!(read(&["a=1", "b=2"]), "a=1|b=2");
        assert_eq!(read(&[" a \t= 1 ; p ; q = r ,b=2 "]), "a=1|b=2");
        assert_eq!(read(&["a="]), "a=");
        assert_eq!(read(&["a=1=2"]), "a=1=2");
        assert_eq!(read(&["a=%20%2C%3B%22%5C%25"]), "a= ,;\"\\%");
        assert_eq!(read(&["a=%C3%A4,b=%zz,c=%ff"]), "a=ä|b=%zz|c=\u{fffd}");
        assert_eq!(read(&["!#$%&'*+-.^_`|~aZ0=1"]), "!#$%&'*+-.^_`|~aZ0=1");
        assert_eq!(Baggage::parse(["a=1,a=2"]).unwrap().get("a"), Some("2"));
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = [
            ("a", "its member `a` has no `=`"),
            ("a=1,,b=2", "its member `` has no `=`"),
            ("=1", "`` is not a key"),
            ("a b=1", "`a b` is not a key"),
            ("ä=1", "`ä` is not a key"),
            ("a=1 2", "the value `1 2` of `a` contains ` `, which must be percent-encoded"),
            ("a=\"1\"", "the value `\"1\"` of `a` contains `\"`"),
            ("a=\\", "the value `\\` of `a` contains `\\`"),
            ("a=ä", "the value `ä` of `a` contains `ä`"),
            ("a=1;", "`` is not a property"),
            ("a=1;p q", "`p q` is not a property"),
        ];
        for (header, why) in wrong {
            let error = Baggage::parse([header]).unwrap_err();
            assert!(error.starts_with(why), "{header}: {error}, not {why}");
        }
    }

    #[test]
    fn encoded_values_are_decoded() {
        let value = "ä b,c;d\"e\\f%g\n=h";
        let header = encoded("key", value);
        assert!(header.is_ascii(), "{header}");
        assert_eq!(Baggage::parse([&*header]).unwrap().get("key"), Some(value));
    }
}
