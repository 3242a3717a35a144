//! Parses the bucket boundaries of a histogram.

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitFloat, UnOp};

use crate::errors::{self, Errors};

/// Parses `[0.01, 0.1, 1.0]`, with all literals as floats; any other expression stays as it is.
pub(super) fn boundaries(input: ParseStream, errors: &mut Errors) -> syn::Result<Expr> {
    let mut written: Expr = input.parse()?;
    let Expr::Array(list) = &mut written else { return Ok(written) };
    if list.elems.is_empty() {
        return Err(syn::Error::new_spanned(&written, errors::no_buckets()));
    }
    let mut before = f64::NEG_INFINITY;
    for boundary in &mut list.elems {
        let Some(value) = float(boundary) else { continue };
        if value <= before {
            errors.on(&*boundary, errors::buckets_descend());
        }
        before = value;
    }
    Ok(written)
}

/// Turns a literal into a float, and returns its value.
fn float(expression: &mut Expr) -> Option<f64> {
    match expression {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Some(-float(expr)?),
        Expr::Lit(ExprLit { lit, .. }) => {
            if let Lit::Int(integer) = lit
                && integer.suffix().is_empty()
            {
                let text = format!("{}.0", integer.base10_digits());
                *lit = Lit::Float(LitFloat::new(&text, integer.span()));
            }
            match lit {
                Lit::Float(float) => float.base10_parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}
