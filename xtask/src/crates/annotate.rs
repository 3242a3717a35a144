//! Puts attributes before every function of a source file that can have them. Token by token, so that
//! nothing else in the file changes, its lines included.

/// The source with `attributes` before every function with a body, and how many have got them. What
/// stands in macros is left alone, and so are `const fn`s.
pub(crate) fn annotated(source: &str, attributes: &str) -> (String, usize) {
    let tokens = tokens(source);
    let mut places = Vec::new();
    find(&tokens, &mut places);
    let mut all = String::with_capacity(source.len() + places.len() * attributes.len());
    let mut done = 0;
    for place in &places {
        all.push_str(&source[done..*place]);
        all.push_str(attributes);
        all.push(' ');
        done = *place;
    }
    all.push_str(&source[done..]);
    (all, places.len())
}

/// A token, or a group of them.
enum Token<'a> {
    Word(&'a str, usize),
    Other(char),
    Literal,
    Group(char, Vec<Token<'a>>),
}

impl Token<'_> {
    fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text, _) if *text == word)
    }

    fn is(&self, char: char) -> bool {
        matches!(self, Self::Other(other) if *other == char)
    }
}

fn find(tokens: &[Token<'_>], places: &mut Vec<usize>) {
    let mut index = 0;
    while index < tokens.len() {
        match &tokens[index] {
            // `name! { … }`, `macro_rules! name { … }`
            Token::Other('!') if index > 0 && matches!(tokens[index - 1], Token::Word(..)) => {
                let named = usize::from(matches!(tokens.get(index + 1), Some(Token::Word(..))));
                if matches!(tokens.get(index + 1 + named), Some(Token::Group(..))) {
                    index += 1 + named;
                }
            }
            // `#[…]`
            Token::Other('#') => {
                let inner = usize::from(tokens.get(index + 1).is_some_and(|token| token.is('!')));
                if matches!(tokens.get(index + 1 + inner), Some(Token::Group('[', _))) {
                    index += 1 + inner;
                }
            }
            // `extern "C" { … }`
            Token::Word("extern", _) => {
                let abi = usize::from(matches!(tokens.get(index + 1), Some(Token::Literal)));
                if matches!(tokens.get(index + 1 + abi), Some(Token::Group('{', _))) {
                    index += 1 + abi;
                }
            }
            Token::Word("fn", _) if matches!(tokens.get(index + 1), Some(Token::Word(..))) => {
                function(tokens, index, places);
            }
            Token::Group(_, inside) => find(inside, places),
            _ => {}
        }
        index += 1;
    }
}

/// Notes where the function begins whose `fn` stands there, if it can have attributes.
fn function(tokens: &[Token<'_>], at: usize, places: &mut Vec<usize>) {
    let body =
        tokens[at..].iter().find(|token| token.is(';') || matches!(token, Token::Group('{', _)));
    if !matches!(body, Some(Token::Group(..))) {
        return;
    }
    let mut first = at;
    while first > 0 {
        match &tokens[first - 1] {
            Token::Word("const", _) => return,
            Token::Word("async" | "unsafe" | "extern" | "pub" | "default" | "crate", _) => {
                first -= 1;
            }
            Token::Literal if first > 1 && tokens[first - 2].is_word("extern") => first -= 2,
            Token::Group('(', _) if first > 1 && tokens[first - 2].is_word("pub") => first -= 2,
            _ => break,
        }
    }
    if let Token::Word(_, place) = tokens[first] {
        places.push(place);
    }
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    Lexer { source, at: 0 }.until(None)
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn until(&mut self, end: Option<char>) -> Vec<Token<'a>> {
        let mut tokens = Vec::new();
        while let Some(char) = self.rest().chars().next() {
            let start = self.at;
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.comment();
            } else if self.literal() {
                tokens.push(Token::Literal);
            } else if is_word(char) {
                self.word();
                tokens.push(Token::Word(&self.source[start..self.at], start));
            } else {
                self.at += char.len_utf8();
                match char {
                    '(' | '[' | '{' => {
                        let close = match char {
                            '(' => ')',
                            '[' => ']',
                            _ => '}',
                        };
                        tokens.push(Token::Group(char, self.until(Some(close))));
                    }
                    _ if Some(char) == end => return tokens,
                    _ if char.is_whitespace() => {}
                    _ => tokens.push(Token::Other(char)),
                }
            }
        }
        tokens
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn word(&mut self) {
        self.at += self.rest().find(|char| !is_word(char)).unwrap_or(self.rest().len());
    }

    fn comment(&mut self) {
        let mut depth = 0;
        loop {
            if self.rest().starts_with("/*") {
                (depth, self.at) = (depth + 1, self.at + 2);
            } else if self.rest().starts_with("*/") {
                (depth, self.at) = (depth - 1, self.at + 2);
            } else if let Some(char) = self.rest().chars().next() {
                self.at += char.len_utf8();
            } else {
                return;
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Goes past a string or a character, or a lifetime, if one begins here.
    fn literal(&mut self) -> bool {
        let rest = self.rest();
        let prefix = rest.find(|char| !matches!(char, 'b' | 'c' | 'r')).unwrap_or(0);
        let behind = &rest[prefix.min(2)..];
        if rest[..prefix.min(2)].contains('r') {
            let hashes = behind.len() - behind.trim_start_matches('#').len();
            if behind[hashes..].starts_with('"') {
                let end = format!("\"{}", "#".repeat(hashes));
                let inside = &behind[hashes + 1..];
                let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
                self.at += prefix.min(2) + hashes + 1 + length;
                return true;
            }
        }
        if behind.starts_with('"') && prefix <= 1 {
            self.at += prefix + 1;
            self.quoted('"');
            return true;
        }
        let quote = usize::from(rest.starts_with("b'"));
        if !rest[quote..].starts_with('\'') {
            return false;
        }
        let mut inside = rest[quote + 1..].chars();
        let first = inside.next().unwrap_or('\'');
        self.at += quote + 1;
        if first == '\\' || inside.next() == Some('\'') {
            self.quoted('\'');
        } else {
            self.word();
        }
        true
    }

    /// Goes past the end of what is quoted.
    fn quoted(&mut self, quote: char) {
        while let Some(char) = self.rest().chars().next() {
            self.at += char.len_utf8();
            if char == '\\' {
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            } else if char == quote {
                return;
            }
        }
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::annotated;

    #[test]
    fn every_function_with_a_body_is_found_and_no_other() {
        for (source, expected) in [
            ("fn a() {}", "@ fn a() {}"),
            ("pub(in a::b) async unsafe fn a() {}", "@ pub(in a::b) async unsafe fn a() {}"),
            ("#[x] pub extern \"C\" fn a() {}", "#[x] @ pub extern \"C\" fn a() {}"),
            (
                "impl A { fn a(&self) -> [u8; 3] { fn b() {} } }",
                "impl A { @ fn a(&self) -> [u8; 3] { @ fn b() {} } }",
            ),
            ("trait A { fn a(); fn b() {} }", "trait A { fn a(); @ fn b() {} }"),
            ("const fn a() {} const unsafe fn b() {}", "const fn a() {} const unsafe fn b() {}"),
            (
                "m! { fn a() {} } macro_rules! b { () => { fn c() {} } }",
                "m! { fn a() {} } macro_rules! b { () => { fn c() {} } }",
            ),
            (
                "extern \"C\" { fn a(); } type F = fn(u8);",
                "extern \"C\" { fn a(); } type F = fn(u8);",
            ),
            (
                "// fn a() {}\n/* fn b() {} /* */ fn c() {} */ fn d() {}",
                "// fn a() {}\n/* fn b() {} /* */ fn c() {} */ @ fn d() {}",
            ),
            (
                "fn a<'x>(c: char) -> &'x str { if c == '{' || c == '\\'' { r#\"}\"# } else { b\"}\\\"\"; \"é\" } }",
                "@ fn a<'x>(c: char) -> &'x str { if c == '{' || c == '\\'' { r#\"}\"# } else { b\"}\\\"\"; \"é\" } }",
            ),
            (
                "fn r#fn() { let bc = br\"\"; let r = 'r'; } fn z() {}",
                "@ fn r#fn() { let bc = br\"\"; let r = 'r'; } @ fn z() {}",
            ),
        ] {
            assert_eq!(annotated(source, "@").0, expected);
        }
    }
}
