//! Parses the header `tracestate`: entries of vendors about a trace.

use super::white_space::trimmed;

/// The most members: further ones need not be passed on, so a sender should leave them out.
const MAX_MEMBERS: usize = 32;
const MAX_LENGTH: usize = 256;

/// The entries of all `tracestate` headers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracestate {
    /// Keys and values, the latest first.
    pub(crate) members: Vec<(String, String)>,
}

impl Tracestate {
    /// Reads the values of all headers, in their order; the error describes what is wrong.
    pub(crate) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut members: Vec<(String, String)> = Vec::new();
        // Members may be empty, so that lists can be put together.
        let parts = headers.into_iter().flat_map(|header| header.split(','));
        for part in parts.map(trimmed).filter(|part| !part.is_empty()) {
            let (key, value) =
                part.split_once('=').ok_or_else(|| format!("its member `{part}` has no `=`"))?;
            if !is_key(key) {
                return Err(format!(
                    "`{key}` is not a key: up to {MAX_LENGTH} of a-z, 0-9, _, -, *, / and @, the \
                     first one of a-z or 0-9"
                ));
            }
            if !is_value(value) {
                return Err(format!(
                    "`{value}`, the value of `{key}`, is not valid: 1 to {MAX_LENGTH} printable \
                     characters of ASCII without , and ="
                ));
            }
            if members.iter().any(|(known, _)| known == key) {
                return Err(format!("its key `{key}` is there twice"));
            }
            members.push((key.to_owned(), value.to_owned()));
        }
        match members.len() {
            count if count > MAX_MEMBERS => {
                Err(format!("it has {count} members; allowed are {MAX_MEMBERS}"))
            }
            _ => Ok(Self { members }),
        }
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.members.iter().find_map(|(known, value)| (known == key).then_some(&**value))
    }
}

fn is_key(key: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_other = |byte: &u8| matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    (1..=MAX_LENGTH).contains(&key.len())
        && key.as_bytes().first().is_some_and(is_letter)
        && key.as_bytes().iter().all(|byte| is_letter(byte) || is_other(byte))
}

fn is_value(value: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    (1..=MAX_LENGTH).contains(&value.len())
        && value.bytes().all(is_allowed)
        && !value.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&str]) -> String {
        let state =
            Tracestate::parse(headers.iter().copied()).unwrap_or_else(|why| panic!("{why}"));
        let members: Vec<_> =
            state.members.iter().map(|(key, value)| format!("{key}={value}")).collect();
        members.join("|")
    }

    #[test]
    fn valid_headers_are_read() {
        assert_eq!(read(&[]), "");
        assert_eq!(read(&["foo=1,bar=2"]), "foo=1|bar=2");
        assert_eq!(read(&["foo=1", "bar=2"]), "foo=1|bar=2");
        assert_eq!(read(&["", "foo=1,,", " , \t", "bar=2"]), "foo=1|bar=2");
        assert_eq!(read(&["foo=1 \t , \t bar=2 \t"]), "foo=1|bar=2");
        assert_eq!(read(&["foo=a b"]), "foo=a b");
        assert_eq!(read(&["foo= a"]), "foo= a");
        assert_eq!(
            read(&["0a=1,a_-*/=2,t@v=3,foo@=4,f@o@o=5"]),
            "0a=1|a_-*/=2|t@v=3|foo@=4|f@o@o=5"
        );
        let value: String = (' '..='~').filter(|c| !",= ".contains(*c)).collect();
        assert_eq!(read(&[&format!("foo={value}")]), format!("foo={value}"));
        let (key, value) = ("k".repeat(256), "v".repeat(256));
        assert_eq!(read(&[&format!("{key}={value}")]), format!("{key}={value}"));
        let full: Vec<_> = (0..32).map(|at| format!("k{at}=1")).collect();
        assert_eq!(read(&[&full.join(",")]).split('|').count(), 32);
    }

    #[test]
    fn mistakes_are_named() {
        let long_key = format!("{}=1", "k".repeat(257));
        let long_value = format!("k={}", "v".repeat(257));
        let full = (0..33).map(|at| format!("k{at}=1")).collect::<Vec<_>>().join(",");
        let wrong = [
            ("foo", "its member `foo` has no `=`"),
            ("foo;1", "its member `foo;1` has no `=`"),
            ("=1", "`` is not a key"),
            ("foo =1", "`foo ` is not a key"),
            ("FOO=1", "`FOO` is not a key"),
            ("foo.bar=1", "`foo.bar` is not a key"),
            ("@foo=1", "`@foo` is not a key"),
            ("_foo=1", "`_foo` is not a key"),
            (&long_key, "`kkk"),
            ("foo=", "``, the value of `foo`, is not valid"),
            ("foo=bar=baz", "`bar=baz`, the value of `foo`, is not valid"),
            ("foo=\u{7f}", "`\u{7f}`, the value of `foo`, is not valid"),
            ("foo=é", "`é`, the value of `foo`, is not valid"),
            (&long_value, "`vvv"),
            ("foo=1,foo=1", "its key `foo` is there twice"),
            (&full, "it has 33 members; allowed are 32"),
        ];
        for (header, why) in wrong {
            let error = Tracestate::parse([header]).unwrap_err();
            assert!(error.starts_with(why), "{header}: {error}, not {why}");
        }
    }
}
