//! Replaces `#[trace]` in `trace-macros/tests/suite`, so that its functions are compiled with other
//! attributes, too, and with several at once.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// `#[metered]` in place of `#[trace]`, nested attributes included; options of spans are dropped.
#[proc_macro_attribute]
pub fn metered(options: TokenStream, item: TokenStream) -> TokenStream {
    let ignores = options.to_string().replace(' ', "").contains("err(ignore)");
    let mut tokens = attribute(if ignores {
        "#[::trace_macros::metered(err(ignore))]"
    } else {
        "#[::trace_macros::metered]"
    });
    tokens.extend(metered_only(item));
    tokens
}

/// All attributes at once, in an order that changes with the length of the item.
#[proc_macro_attribute]
pub fn stacked(options: TokenStream, item: TokenStream) -> TokenStream {
    let text = item.to_string();
    let trace = trace(options);
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_container = item.clone().into_iter().any(|token| {
        matches!(&token, TokenTree::Ident(word) if ["impl", "trait"].contains(&&*word.to_string()))
    }) && !starts_function(item.clone());
    let has_body = matches!(item.clone().into_iter().last(), Some(TokenTree::Group(_)));
    let metered = if has_body { "metered(in_flight)" } else { "metered" };
    let mut stack = vec![trace, attribute(&format!("#[::trace_macros::{metered}]"))];
    if !is_container && has_body {
        stack.push(attribute("#[::trace_macros::business_metric(counter(\"test.calls\"))]"));
        // Other functions have no outcome, or none that can be inspected.
        let returns = !text.contains("-> !")
            && !["Stream", "track_caller"].iter().any(|word| words.contains(word));
        if returns {
            stack.push(attribute(
                "#[::trace_macros::business_metric(updown(\"test.successes\"), on = ok)]",
            ));
            stack.push(attribute(
                "#[::trace_macros::business_metric(histogram(\"test.sizes\"), on = ok, \
                 value = 2.5, labels(kind = \"test\"))]",
            ));
        }
    }
    let turns = text.len() % stack.len();
    stack.rotate_left(turns);
    let mut tokens: TokenStream = stack.into_iter().collect();
    tokens.extend(item);
    tokens
}

/// `#[trace]` with baggage and `attach`.
#[proc_macro_attribute]
pub fn scoped(options: TokenStream, item: TokenStream) -> TokenStream {
    // Functions without a body may not have options.
    let has_body = !item.to_string().ends_with(';');
    let mut all = TokenStream::new();
    if has_body {
        all.extend(attribute("baggage(step = 1, \"the.rest\" = %2), attach,"));
    }
    all.extend(options);
    let mut tokens = trace(all);
    tokens.extend(item);
    tokens
}

fn trace(options: TokenStream) -> TokenStream {
    if options.is_empty() {
        return attribute("#[::trace_macros::trace]");
    }
    let mut trace = attribute("#");
    let mut inside = attribute("::trace_macros::trace");
    inside.extend([TokenTree::from(Group::new(Delimiter::Parenthesis, options))]);
    trace.extend([TokenTree::from(Group::new(Delimiter::Bracket, inside))]);
    trace
}

fn attribute(text: &str) -> TokenStream {
    text.parse().expect("an attribute")
}

/// Whether `fn` comes before `impl` and `trait`.
fn starts_function(item: TokenStream) -> bool {
    item.into_iter()
        .find_map(|token| match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "fn" => Some(true),
                "impl" | "trait" => Some(false),
                _ => None,
            },
            _ => None,
        })
        .unwrap_or(false)
}

fn metered_only(tokens: TokenStream) -> TokenStream {
    let mut output = TokenStream::new();
    let mut hash = None;
    for token in tokens {
        match (hash.take(), token) {
            (None, TokenTree::Punct(punct)) if punct.as_char() == '#' => {
                hash = Some(TokenTree::Punct(punct));
            }
            (Some(_), TokenTree::Group(group)) if names(&group, "attr") => {}
            (Some(_), TokenTree::Group(group)) if names(&group, "trace") => {
                let skip = group.stream().to_string().replace(' ', "") == "trace(skip)";
                output.extend(attribute(if skip {
                    "#[::trace_macros::metered(skip)]"
                } else {
                    "#[::trace_macros::metered]"
                }));
            }
            (hash, TokenTree::Group(group)) => {
                output.extend(hash);
                let mut inside = Group::new(group.delimiter(), metered_only(group.stream()));
                inside.set_span(group.span());
                output.extend([TokenTree::Group(inside)]);
            }
            (hash, token) => output.extend(hash.into_iter().chain([token])),
        }
    }
    output
}

/// Whether an attribute has that name.
fn names(attribute: &Group, name: &str) -> bool {
    attribute.delimiter() == Delimiter::Bracket
        && matches!(attribute.stream().into_iter().next(), Some(TokenTree::Ident(first)) if first.to_string() == name)
}
