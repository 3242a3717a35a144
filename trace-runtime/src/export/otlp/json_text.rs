//! Reads the answers that receivers give in JSON ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).
//!
//! serde_json is not used for this: it belongs to a cargo feature, and an answer of 4 MiB would become a tree of up to
//! 20 times its size. Here a value is a part of the text, so nothing is copied but a string that is asked for.

/// The maximum nesting of a text.
const MAX_DEPTH: u32 = 100;

/// A valid value in a text of JSON, without space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Parses a text that contains one value; `None` if it is not valid.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor { text: str::from_utf8(text).ok()?, at: 0 };
        cursor.skip_space();
        let value = cursor.value(0)?;
        cursor.skip_space();
        cursor.is_at_end().then_some(value)
    }

    pub(super) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(super) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// Returns whether it is an object without members.
    pub(super) fn is_empty_object(self) -> bool {
        let mut is_empty = self.is_object();
        self.members(&mut |_, _| is_empty = false);
        is_empty
    }

    /// Returns the member of this name, the last of several; `None` if there is none, or if it is no object.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        let mut found = None;
        self.members(&mut |key, value| {
            if key.text().is_some_and(|key| key == name) {
                found = Some(value);
            }
        });
        found
    }

    /// Returns the text of a string; `None` for other values.
    pub(super) fn text(self) -> Option<String> {
        let mut text = String::new();
        Cursor { text: self.0, at: 0 }.string(&mut |letter| text.push(letter))?;
        Some(text)
    }

    /// Returns an integer, which may be written as a string, as protobuf does with 64 bits.
    pub(super) fn integer(self) -> Option<i64> {
        self.0.trim_matches('"').parse().ok()
    }

    fn members(self, member: &mut dyn FnMut(Self, Self)) {
        if self.is_object() {
            // It was valid when it was parsed.
            let _ = Cursor { text: self.0, at: 0 }.object(0, member);
        }
    }
}

/// A place in a text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Skips bytes of ASCII; returns their number.
    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) -> usize {
        let skipped = self.rest().bytes().take_while(|byte| is_skipped(*byte)).count();
        self.at += skipped;
        skipped
    }

    /// Takes a text, if it is next.
    fn take(&mut self, expected: &str) -> Option<()> {
        self.rest().starts_with(expected).then(|| self.at += expected.len())
    }

    fn value(&mut self, depth: u32) -> Option<Json<'a>> {
        let from = self.at;
        match self.rest().bytes().next()? {
            b'{' => self.object(depth, &mut |_, _| {})?,
            b'[' => self.array(depth)?,
            b'"' => self.string(&mut |_| {})?,
            b't' => self.take("true")?,
            b'f' => self.take("false")?,
            b'n' => self.take("null")?,
            _ => self.number()?,
        }
        Some(Json(&self.text[from..self.at]))
    }

    fn object(&mut self, depth: u32, member: &mut dyn FnMut(Json<'a>, Json<'a>)) -> Option<()> {
        self.list(depth, ["{", "}"], |cursor| {
            let from = cursor.at;
            cursor.string(&mut |_| {})?;
            let key = Json(&cursor.text[from..cursor.at]);
            cursor.skip_space();
            cursor.take(":")?;
            cursor.skip_space();
            member(key, cursor.value(depth + 1)?);
            Some(())
        })
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.list(depth, ["[", "]"], |cursor| cursor.value(depth + 1).map(drop))
    }

    /// Takes elements between commas, and what begins and ends them.
    fn list(
        &mut self,
        depth: u32,
        [begin, end]: [&str; 2],
        mut element: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if depth == MAX_DEPTH {
            return None;
        }
        self.take(begin)?;
        self.skip_space();
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            element(self)?;
            self.skip_space();
            if self.take(end).is_some() {
                return Some(());
            }
            self.take(",")?;
            self.skip_space();
        }
    }

    /// Takes a string, and passes its characters on.
    fn string(&mut self, put: &mut dyn FnMut(char)) -> Option<()> {
        self.take("\"")?;
        loop {
            match self.next()? {
                '"' => return Some(()),
                '\\' => put(self.escaped()?),
                '\0'..='\u{1f}' => return None,
                letter => put(letter),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes what follows a backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            letter @ ('"' | '\\' | '/') => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    // Half of a pair alone is no character.
                    return char::from_u32(unit.into());
                }
                self.take("\\u")?;
                return char::decode_utf16([unit, self.unit()?]).next()?.ok();
            }
            _ => return None,
        })
    }

    /// Takes four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        self.at += 4;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take("-");
        if self.take("0").is_none() {
            self.digits()?;
        }
        if self.take(".").is_some() {
            self.digits()?;
        }
        if self.take("e").or_else(|| self.take("E")).is_some() {
            let _ = self.take("+").or_else(|| self.take("-"));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        (self.skip(|byte| byte.is_ascii_digit()) > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Returns a text of JSON, with all that its grammar has.
    fn texts() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
            "\\PC{0,8}|[\\x00-\\x1f\"\\\\/\u{7f}𝄞]{0,4}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-c\"]{0,2}", inner), 0..4).prop_map(Value::from_iter),
            ]
        });
        (value, any::<bool>()).prop_map(|(value, is_pretty)| match is_pretty {
            true => serde_json::to_string_pretty(&value).unwrap(),
            false => value.to_string(),
        })
    }

    /// Asserts that both readers find the same in a text, or both refuse it.
    fn compare(text: &[u8]) {
        let ours = Json::parse(text);
        let theirs = serde_json::from_slice::<Value>(text);
        match (ours, theirs) {
            (None, Err(_)) => {}
            (Some(ours), Ok(theirs)) => {
                assert_eq!(ours.is_null(), theirs.is_null());
                assert_eq!(ours.is_object(), theirs.is_object());
                assert_eq!(ours.text().as_deref(), theirs.as_str());
                for (name, value) in theirs.as_object().into_iter().flatten() {
                    let member = ours.member(name).unwrap();
                    assert_eq!(serde_json::from_str::<Value>(member.0).unwrap(), *value);
                }
            }
            (Some(_), Err(error)) => {
                assert!(error.to_string().contains("number out of range"), "{error}");
            }
            (None, Ok(_)) => panic!("{}", text.escape_ascii()),
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads(text in texts()) {
            compare(text.as_bytes());
        }

        #[test]
        fn it_refuses_what_serde_json_refuses(
            text in texts(),
            at in any::<prop::sample::Index>(),
            byte in prop_oneof![any::<u8>(), prop::sample::select(&b"{}[]\",:\\u0-+.eE \n1x"[..])],
            is_cut in any::<bool>(),
        ) {
            let mut text = text.into_bytes();
            let at = at.index(text.len());
            if is_cut { text.truncate(at) } else { text[at] = byte }
            compare(&text);
        }

        #[test]
        fn any_bytes_are_harmless(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            compare(&bytes);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(100).as_bytes()).is_some());
        assert!(Json::parse(nested(101).as_bytes()).is_none());
        assert!(Json::parse("[".repeat(4 << 20).as_bytes()).is_none());
    }

    #[test]
    fn pairs_of_escapes_are_one_character() {
        let text = |json: &str| Json::parse(json.as_bytes())?.text();
        assert_eq!(text(r#""\ud834\udd1e\u00e9""#).as_deref(), Some("𝄞é"));
        for half in
            [r#""\ud834""#, r#""\ud834x""#, r#""\udd1e""#, r#""\ud834\u0041""#, r#""\u+041""#]
        {
            assert_eq!(text(half), None, "{half}");
        }
    }

    #[test]
    fn integers_may_be_strings() {
        let integer = |json: &str| Json::parse(json.as_bytes())?.integer();
        assert_eq!(integer("-7"), Some(-7));
        assert_eq!(integer("\"9223372036854775807\""), Some(i64::MAX));
        for other in ["1.5", "\"\"", "true", "\"9223372036854775808\"", "{}"] {
            assert_eq!(integer(other), None, "{other}");
        }
    }
}
