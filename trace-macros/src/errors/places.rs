//! Mistakes in where an attribute is written.

use crate::attribute::Macro;

pub(crate) fn const_fn(of: Macro) -> String {
    let (name, participle) = (of.name(), of.participle());
    let what = match of {
        Macro::Trace => "a span",
        _ => "a call",
    };
    format!(
        "a `const fn` cannot be {participle}: {what} cannot be recorded at compile time; leave \
         `const` or `#[{name}]` out"
    )
}

pub(crate) fn naked_fn(of: Macro) -> String {
    format!("a naked function cannot be {}: nothing may run before its assembly", of.participle())
}

pub(crate) fn no_body(of: Macro) -> String {
    format!(
        "a function without a body records nothing; put `#[{}(…)]` on its implementations",
        of.name()
    )
}

pub(crate) fn wrong_item(of: Macro, found: &str) -> String {
    match of {
        Macro::BusinessMetric => {
            format!("`#[business_metric]` belongs on functions and methods, not on {found}")
        }
        _ => format!(
            "`#[{}]` belongs on functions, methods, `impl` blocks and traits, not on {found}",
            of.name()
        ),
    }
}

pub(crate) fn business_on_container() -> String {
    "`#[business_metric]` on a whole `impl` block would record the same for every method; put it \
     on the method"
        .to_owned()
}

pub(crate) fn twice(of: Macro) -> String {
    format!("this function has `#[{}]` already; write all options in one", of.name())
}

pub(crate) fn skip_alone(of: Macro) -> String {
    let name = of.name();
    format!(
        "`#[{name}(skip)]` skips a method of an `impl` block that has `#[{name}]`; here, there is \
         none: leave the attribute out"
    )
}

pub(crate) fn skip_autometrics() -> String {
    "use `#[metered(skip)]` to skip a method".to_owned()
}

pub(crate) fn skip_with_others() -> String {
    "`skip` skips the method; the other options have no effect".to_owned()
}

pub(crate) fn under_cfg_attr(of: Macro) -> String {
    let name = of.name();
    format!(
        "`#[{name}]` on an `impl` block cannot see through `cfg_attr`; write `#[{name}(skip)]` \
         plainly, or put `#[{name}]` on the methods"
    )
}
