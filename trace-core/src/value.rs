//! Attribute values: anything allowed on the right of `key = …`, borrowed until it is in the ring.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A borrowed attribute value on its way into the ring.
///
/// Integers, floats and booleans travel by value, strings literal in the source by address, all
/// other strings are copied, and `Display`/`Debug` values are formatted straight into the ring.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value: the attribute is left out.
    Absent,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer; above `i64::MAX` it is exported as a decimal string, because
    /// OpenTelemetry's integers are signed.
    U64(u64),
    /// A float.
    F64(f64),
    /// A string that lives as long as the program; recorded by address.
    Static(&'static str),
    /// A string; copied.
    Str(&'a str),
    /// Formatted with `Display` when recorded.
    Display(&'a dyn fmt::Display),
    /// Formatted with `Debug` when recorded.
    Debug(&'a dyn fmt::Debug),
    /// A list of booleans.
    Bools(&'a [bool]),
    /// A list of signed integers.
    I64s(&'a [i64]),
    /// A list of floats.
    F64s(&'a [f64]),
    /// A list of strings.
    Strs(&'a [&'a str]),
    /// A list of owned strings.
    Strings(&'a [String]),
    /// A list of integers of another width, recorded as signed integers.
    I8s(&'a [i8]),
    /// As [`I8s`](Self::I8s).
    I16s(&'a [i16]),
    /// As [`I8s`](Self::I8s).
    I32s(&'a [i32]),
    /// As [`I8s`](Self::I8s); if one is out of range, all are recorded as decimal strings, because
    /// the elements of a list have one type.
    I128s(&'a [i128]),
    /// As [`I8s`](Self::I8s).
    Isizes(&'a [isize]),
    /// As [`I8s`](Self::I8s).
    U8s(&'a [u8]),
    /// As [`I8s`](Self::I8s).
    U16s(&'a [u16]),
    /// As [`I8s`](Self::I8s).
    U32s(&'a [u32]),
    /// As [`I128s`](Self::I128s).
    U64s(&'a [u64]),
    /// As [`I128s`](Self::I128s).
    U128s(&'a [u128]),
    /// As [`I128s`](Self::I128s).
    Usizes(&'a [usize]),
    /// A list of floats of single precision, recorded as floats.
    F32s(&'a [f32]),
}

impl Value<'_> {
    /// Returns a list of integers in OpenTelemetry's type; the error: as decimal strings, because
    /// one is out of range. `None` for anything but a list of integers.
    #[doc(hidden)]
    pub fn integers(&self) -> Option<Result<Vec<i64>, Vec<String>>> {
        fn of<T: Copy + TryInto<i64> + fmt::Display>(list: &[T]) -> Result<Vec<i64>, Vec<String>> {
            let numbers: Option<Vec<i64>> = list.iter().map(|&it| it.try_into().ok()).collect();
            numbers.ok_or_else(|| list.iter().map(T::to_string).collect())
        }
        Some(match self {
            Value::I8s(list) => of(list),
            Value::I16s(list) => of(list),
            Value::I32s(list) => of(list),
            Value::I64s(list) => of(list),
            Value::I128s(list) => of(list),
            Value::Isizes(list) => of(list),
            Value::U8s(list) => of(list),
            Value::U16s(list) => of(list),
            Value::U32s(list) => of(list),
            Value::U64s(list) => of(list),
            Value::U128s(list) => of(list),
            Value::Usizes(list) => of(list),
            _ => return None,
        })
    }
}

#[cfg(feature = "enabled")]
impl<'a> Value<'a> {
    /// Returns whether it is a single value, which has a text.
    pub(crate) fn is_scalar(&self) -> bool {
        matches!(
            self,
            Value::Bool(_)
                | Value::I64(_)
                | Value::U64(_)
                | Value::F64(_)
                | Value::Static(_)
                | Value::Str(_)
                | Value::Display(_)
                | Value::Debug(_)
        )
    }
}

/// Returns the value as text; values whose formatting panics are empty, and so are lists.
#[cfg(feature = "enabled")]
pub fn to_text(value: Value<'_>) -> Cow<'_, str> {
    fn formatted(value: impl fmt::Display) -> String {
        crate::caught::caught(|| value.to_string()).unwrap_or_default()
    }
    match value {
        Value::Static(text) | Value::Str(text) => Cow::Borrowed(text),
        Value::Bool(value) => formatted(value).into(),
        Value::I64(value) => formatted(value).into(),
        Value::U64(value) => formatted(value).into(),
        Value::F64(value) => formatted(value).into(),
        Value::Display(value) => formatted(value).into(),
        Value::Debug(value) => formatted(format_args!("{value:?}")).into(),
        _ => Cow::Borrowed(""),
    }
}

/// A type whose values are OpenTelemetry attribute values as they are.
///
/// Implemented for integers, floats, booleans, strings, slices, arrays and vectors of those, and
/// `Option`, references and smart pointers of all of them. Other values are recorded through their
/// formatting: `%value` for `Display`, `?value` for `Debug`. Implement this trait to give your own
/// type an attribute value.
///
/// ```
/// use trace_runtime::{ToValue, Value};
///
/// enum Tier { Free, Pro }
/// impl ToValue for Tier {
///     fn to_value(&self) -> Value<'_> {
///         Value::Static(match self { Tier::Free => "free", Tier::Pro => "pro" })
///     }
/// }
/// assert!(matches!(Tier::Pro.to_value(), Value::Static("pro")));
/// # let _ = Tier::Free;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an attribute value",
    label = "not an integer, float, bool, string, or a list of those",
    note = "write `%value` to record it by `Display`, `?value` by `Debug` (on a parameter: `#[attr(%)]`, `#[attr(?)]`)",
    note = "or implement `trace_runtime::ToValue` for it"
)]
pub trait ToValue {
    /// Returns the value to record; [`Value::Absent`] leaves the attribute out.
    ///
    /// Also called for values that are not recorded in the end, so it should be cheap.
    fn to_value(&self) -> Value<'_>;
}

macro_rules! by_value {
    ($($variant:ident as $wide:ty: $($narrow:ty)*;)*) => {$($(
        impl ToValue for $narrow {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                Value::$variant(<$wide>::from(*self))
            }
        }
    )*)*};
}

by_value! {
    Bool as bool: bool;
    I64 as i64: i8 i16 i32 i64;
    U64 as u64: u8 u16 u32 u64;
    F64 as f64: f32 f64;
}

impl ToValue for usize {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        Value::U64(*self as u64)
    }
}

impl ToValue for isize {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        Value::I64(*self as i64)
    }
}

macro_rules! by_number_or_text {
    ($($wide:ty => $narrow:ty, $variant:ident;)*) => {$(
        impl ToValue for $wide {
            fn to_value(&self) -> Value<'_> {
                match <$narrow>::try_from(*self) {
                    Ok(value) => Value::$variant(value),
                    Err(_) => Value::Display(self),
                }
            }
        }
    )*};
}

by_number_or_text! {
    u128 => u64, U64;
    i128 => i64, I64;
}

macro_rules! by_display {
    ($($ty:ty)*) => {$(
        impl ToValue for $ty {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                Value::Display(self)
            }
        }
    )*};
}

by_display!(char fmt::Arguments<'_>);

macro_rules! by_slice {
    ($($variant:ident $ty:ty;)*) => {$(
        impl ToValue for [$ty] {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                Value::$variant(self)
            }
        }
    )*};
}

by_slice! {
    Bools bool;
    I8s i8;
    I16s i16;
    I32s i32;
    I64s i64;
    I128s i128;
    Isizes isize;
    U8s u8;
    U16s u16;
    U32s u32;
    U64s u64;
    U128s u128;
    Usizes usize;
    F32s f32;
    F64s f64;
    Strs &str;
    Strings String;
}

impl ToValue for str {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        Value::Str(self)
    }
}

impl ToValue for String {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        Value::Str(self)
    }
}

impl<T> ToValue for Vec<T>
where
    [T]: ToValue,
{
    #[inline]
    fn to_value(&self) -> Value<'_> {
        self.as_slice().to_value()
    }
}

impl<T, const N: usize> ToValue for [T; N]
where
    [T]: ToValue,
{
    #[inline]
    fn to_value(&self) -> Value<'_> {
        self.as_slice().to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Absent, ToValue::to_value)
    }
}

impl<T: ToOwned + ToValue + ?Sized> ToValue for Cow<'_, T> {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

macro_rules! through_deref {
    ($($ty:ty)*) => {$(
        impl<T: ToValue + ?Sized> ToValue for $ty {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                (**self).to_value()
            }
        }
    )*};
}

through_deref!(&T &mut T Box<T> Rc<T> Arc<T>);

impl ToValue for Value<'_> {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        *self
    }
}

/// Text that may or may not be static.
#[cfg(feature = "enabled")]
pub trait Text {
    /// Returns the text as a value: static text travels by address.
    fn text(&self) -> Value<'_>;
}

#[cfg(feature = "enabled")]
impl Text for Cow<'static, str> {
    fn text(&self) -> Value<'_> {
        match self {
            Cow::Borrowed(text) => Value::Static(text),
            Cow::Owned(text) => Value::Str(text),
        }
    }
}

#[cfg(feature = "enabled")]
impl Text for &str {
    fn text(&self) -> Value<'_> {
        Value::Str(self)
    }
}

/// Values are passed in registers where possible.
const _: () = assert!(size_of::<Value<'_>>() == 3 * size_of::<usize>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_takes_its_variant() {
        assert!(matches!(7_u8.to_value(), Value::U64(7)));
        assert!(matches!((-7_i32).to_value(), Value::I64(-7)));
        assert!(matches!(u128::from(u64::MAX).to_value(), Value::U64(u64::MAX)));
        assert!(matches!(u128::MAX.to_value(), Value::Display(_)));
        assert!(matches!(Some("x").to_value(), Value::Str("x")));
        assert!(matches!(None::<u8>.to_value(), Value::Absent));
        assert!(matches!(vec![1_i64].to_value(), Value::I64s([1])));
        assert!(matches!(["a", "b"].to_value(), Value::Strs(["a", "b"])));
        assert!(matches!([1_u64, 2][..].to_value(), Value::U64s([1, 2])));
        assert!(matches!(Some(vec![1_usize]).to_value(), Value::Usizes([1])));
        assert!(matches!(Rc::<[f32]>::from([0.5]).to_value(), Value::F32s([0.5])));
        assert!(matches!(Cow::Borrowed("c").to_value(), Value::Str("c")));
        assert!(matches!((&&Box::new(1.5_f32)).to_value(), Value::F64(_)));
    }
}
