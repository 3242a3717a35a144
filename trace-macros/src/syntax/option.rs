//! Reads options by the table of their attribute: `name = value`, `name(…)` or `name`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use super::given::Given;
use super::list::{equals, whole_list};
use super::{habits, keys};
use crate::attribute::Macro;
use crate::errors::{self, Errors};

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `root`
    Flag,
    /// `kind = Client`
    Value,
    /// `attrs(…)`
    List,
}

/// Where the options of an attribute are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a function or method.
    Function,
    /// On a method within an `impl` block that has the same attribute.
    Member,
    /// On an `impl` block or a trait.
    Container,
    /// In `span!`.
    Block,
}

impl Place {
    fn words(self) -> &'static str {
        match self {
            Place::Function | Place::Member => "on a function",
            Place::Container => "on a whole `impl` block",
            Place::Block => "in `span!`",
        }
    }
}

/// Reads an option into its field of `O`.
type Read<O> = fn(&mut O, Given<'_>) -> syn::Result<()>;

/// One option: everything that parsing, messages and documentation need. `O` collects the options of
/// one list; `P` is the kind of place where such lists are written.
pub(crate) struct Row<O: 'static, P: 'static> {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// How it is written, for messages.
    pub(crate) example: &'static str,
    /// Where it is allowed.
    pub(crate) places: &'static [P],
    /// Reads it into its field of `O`.
    pub(crate) read: Read<O>,
    /// Its rows in the page of its attribute: how it is written, its meaning, its default.
    #[cfg_attr(not(test), allow(dead_code, reason = "a test compares it with the page"))]
    pub(crate) docs: &'static [[&'static str; 3]],
}

impl<O: 'static, P: 'static> Row<O, P> {
    /// `crate = path`
    pub(super) const fn krate(places: &'static [P], read: Read<O>) -> Self {
        Self {
            name: keys::CRATE,
            form: Form::Value,
            example: "crate = my_crate::telemetry",
            places,
            read,
            docs: &[[
                "`crate = path`",
                "the path of the crate, if it is renamed or re-exported",
                "the crate of the attribute",
            ]],
        }
    }
}

impl<O: 'static> Row<O, Place> {
    /// `skip`
    pub(super) const fn skip(read: Read<O>) -> Self {
        Self {
            name: keys::SKIP,
            form: Form::Flag,
            example: "skip",
            places: &[Place::Member],
            read,
            docs: &[["`skip`", "leaves the method out of the attribute of its `impl` block", ""]],
        }
    }
}

/// The names of the options that are allowed at a place, in the order of the table.
pub(super) fn allowed<O, P: PartialEq>(rows: &[Row<O, P>], place: &P) -> Vec<&'static str> {
    rows.iter().filter(|row| row.places.contains(place)).map(|row| row.name).collect()
}

/// The options of an attribute.
pub(crate) trait Options: Default + 'static {
    const OF: Macro;

    const ROWS: &'static [Row<Self, Place>];

    /// Takes a string that stands alone.
    fn named(&mut self, name: LitStr, errors: &mut Errors) -> syn::Result<()>;

    /// Where options were given, other than `skip`.
    fn given(&mut self) -> &mut Vec<Span>;

    /// Takes note that an option could not be read.
    fn failed(&mut self) {}

    /// Parses a whole list of options.
    fn parse(tokens: TokenStream, place: Place, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        whole_list(tokens, errors, |input, errors| {
            let read = one(&mut options, input, place, errors);
            if read.is_err() {
                options.failed();
            }
            read
        });
        options
    }
}

fn one<O: Options>(
    options: &mut O,
    input: ParseStream,
    place: Place,
    errors: &mut Errors,
) -> syn::Result<()> {
    if input.peek(LitStr) {
        let name: LitStr = input.parse()?;
        let row = O::ROWS.iter().find(|row| row.name == keys::NAME);
        if row.is_some_and(|row| !row.places.contains(&place)) {
            let allowed = allowed(O::ROWS, &place);
            let message = errors::misplaced_option(&name.value(), place.words(), &allowed);
            return Err(syn::Error::new(name.span(), message));
        }
        options.given().push(name.span());
        return options.named(name, errors);
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(errors::not_an_option(O::OF)));
    }
    let key = input.call(Ident::parse_any)?;
    let row = row::<O>(&key, place)?;
    check_form(row, O::OF, &key, input)?;
    if row.name != keys::SKIP {
        options.given().push(key.span());
    }
    let Row { name, example, .. } = *row;
    let span = key.span();
    if row.form == Form::List {
        let content;
        syn::parenthesized!(content in input);
        if content.is_empty() {
            return Err(syn::Error::new(span, errors::empty_list(name, example)));
        }
        return (row.read)(options, Given { name, span, example, input: &content, errors });
    }
    if row.form == Form::Value {
        equals(input, name, span, example)?;
    }
    (row.read)(options, Given { name, span, example, input, errors })
}

/// The row of a name at a place.
fn row<O: Options>(key: &Ident, place: Place) -> syn::Result<&'static Row<O, Place>> {
    let name = key.to_string();
    let row = O::ROWS.iter().find(|row| name == row.name);
    let message = match row {
        Some(row) if row.places.contains(&place) => return Ok(row),
        Some(row) if row.name == keys::SKIP => errors::skip_alone(O::OF),
        row => {
            let allowed = allowed(O::ROWS, &place);
            match habits::hint(O::OF, &name) {
                None if row.is_some() => errors::misplaced_option(&name, place.words(), &allowed),
                hint => errors::unknown_option(&name, &allowed, hint),
            }
        }
    };
    Err(syn::Error::new(key.span(), message))
}

fn check_form<O, P>(
    row: &Row<O, P>,
    of: Macro,
    key: &Ident,
    input: ParseStream,
) -> syn::Result<()> {
    let written = if input.peek(Token![=]) {
        Form::Value
    } else if input.peek(syn::token::Paren) {
        Form::List
    } else {
        Form::Flag
    };
    if written == row.form {
        return Ok(());
    }
    let message = match (row.name, written) {
        (keys::ERR, Form::Flag) => errors::err_is_default(of),
        (keys::RET, Form::Flag) => errors::ret_form(),
        (name, Form::Flag) => errors::needs_value(name, row.example),
        (name, _) if row.form == Form::Flag => errors::takes_no_value(name),
        (name, _) => errors::wrong_form(name, row.example),
    };
    Err(syn::Error::new(key.span(), message))
}

/// Reads one `name = value` of a list that is not an attribute's own. `unknown` is the message for a
/// name that is not in the table, with the names that are allowed.
pub(super) fn part<O, P: PartialEq>(
    to: &mut O,
    rows: &[Row<O, P>],
    place: &P,
    input: ParseStream,
    errors: &mut Errors,
    unknown: impl FnOnce(&str, &[&str]) -> String,
) -> syn::Result<()> {
    let key = input.call(Ident::parse_any)?;
    let (written, span) = (key.to_string(), key.span());
    let row = rows.iter().find(|row| written == row.name && row.places.contains(place));
    let Some(row) = row else {
        return Err(syn::Error::new(span, unknown(&written, &allowed(rows, place))));
    };
    let Row { name, example, .. } = *row;
    equals(input, name, span, example)?;
    (row.read)(to, Given { name, span, example, input, errors })
}
