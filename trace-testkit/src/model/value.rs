//! Defines attribute values, owned and comparable.

use crate::runtime::escape;
use std::borrow::Cow;
use std::fmt;
use trace_runtime::export::RecordedValue;

/// An attribute's value.
///
/// Signed and unsigned integers are one type: `7_u8` equals `7_i64`. `Display` writes values as Rust
/// literals, so that `7` and `"7"` differ, and escapes control characters.
///
/// ```
/// use trace_testkit::model::AttributeValue;
///
/// assert_eq!(AttributeValue::from(7_u8), AttributeValue::from(7_i64));
/// assert_eq!(AttributeValue::from("pro").to_string(), r#""pro""#);
/// assert_eq!(AttributeValue::from(["a", "b"]).to_string(), r#"["a", "b"]"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A float.
    Float(f64),
    /// A string.
    Str(String),
    /// A list of booleans.
    Bools(Vec<bool>),
    /// A list of integers.
    Ints(Vec<i128>),
    /// A list of floats.
    Floats(Vec<f64>),
    /// A list of strings.
    Strs(Vec<String>),
    /// Anything else, such as a map or bytes, as text.
    Other(String),
}

impl AttributeValue {
    /// Returns the string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the number, if it is an integer or a float.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Returns its type in words, such as `an integer`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
            Self::Bools(_) => "a list of booleans",
            Self::Ints(_) => "a list of integers",
            Self::Floats(_) => "a list of floats",
            Self::Strs(_) => "a list of strings",
            Self::Other(_) => "a value of another type",
        }
    }
}

/// Conversions of values that only OpenTelemetry's `AnyValue` has.
#[cfg(any(feature = "logs", feature = "receiver"))]
impl AttributeValue {
    /// Converts a list; as text, unless its members are all of one type.
    pub(crate) fn list(members: Vec<Self>) -> Self {
        fn all<T>(
            members: &[AttributeValue],
            one: impl Fn(&AttributeValue) -> Option<T>,
        ) -> Option<Vec<T>> {
            members.iter().map(one).collect()
        }
        let as_float = |member: &Self| match member {
            Self::Float(number) => Some(*number),
            _ => None,
        };
        let list = all(&members, |member| member.as_str().map(str::to_owned)).map(Self::Strs);
        let list = list.or_else(|| all(&members, Self::as_bool).map(Self::Bools));
        let list = list.or_else(|| all(&members, Self::as_int).map(Self::Ints));
        let list = list.or_else(|| all(&members, as_float).map(Self::Floats));
        list.unwrap_or_else(|| {
            let members: Vec<_> = members.iter().map(Self::to_string).collect();
            Self::Other(format!("[{}]", members.join(", ")))
        })
    }

    /// Formats a map as text, sorted because its order is arbitrary.
    pub(crate) fn map(members: impl IntoIterator<Item = (String, Self)>) -> Self {
        let members =
            members.into_iter().map(|(key, value)| format!("{}: {value}", escape::quoted(&key)));
        let mut members: Vec<_> = members.collect();
        members.sort();
        Self::Other(format!("{{{}}}", members.join(", ")))
    }

    /// Formats bytes as text.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self::Other(format!("b\"{}\"", bytes.escape_ascii()))
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Int(number) => write!(f, "{number}"),
            // `Debug` keeps the point of `2.0`.
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Str(text) => write!(f, "{}", escape::quoted(text)),
            Self::Bools(list) => write!(f, "{list:?}"),
            Self::Ints(list) => write!(f, "{list:?}"),
            Self::Floats(list) => write!(f, "{list:?}"),
            Self::Strs(list) => {
                let texts: Vec<_> =
                    list.iter().map(|text| escape::quoted(text).to_string()).collect();
                write!(f, "[{}]", texts.join(", "))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<RecordedValue<'_>> for AttributeValue {
    fn from(value: RecordedValue<'_>) -> Self {
        match value {
            RecordedValue::Bool(truth) => Self::Bool(truth),
            RecordedValue::I64(number) => Self::Int(number.into()),
            RecordedValue::U64(number) => Self::Int(number.into()),
            RecordedValue::F64(number) => Self::Float(number),
            RecordedValue::Static(text) => Self::Str(text.to_owned()),
            RecordedValue::Str(text) => Self::Str(text.to_owned()),
            RecordedValue::Bools(list) => Self::Bools(list),
            RecordedValue::I64s(list) => Self::Ints(list.into_iter().map(i128::from).collect()),
            RecordedValue::F64s(list) => Self::Floats(list),
            RecordedValue::Strs(list) => Self::Strs(list.into_iter().map(str::to_owned).collect()),
            other => Self::Other(format!("{other:?}")),
        }
    }
}

macro_rules! from_one {
    ($($variant:ident $list:ident as $wide:ty: $($narrow:ty)*;)*) => {$($(
        impl From<$narrow> for AttributeValue {
            fn from(value: $narrow) -> Self {
                Self::$variant(<$wide>::from(value))
            }
        }

        impl From<&[$narrow]> for AttributeValue {
            fn from(list: &[$narrow]) -> Self {
                Self::$list(list.iter().map(|value| <$wide>::from(value.clone())).collect())
            }
        }

        impl From<Vec<$narrow>> for AttributeValue {
            fn from(list: Vec<$narrow>) -> Self {
                Self::from(list.as_slice())
            }
        }

        impl<const N: usize> From<[$narrow; N]> for AttributeValue {
            fn from(list: [$narrow; N]) -> Self {
                Self::from(list.as_slice())
            }
        }
    )*)*};
}

from_one! {
    Bool Bools as bool: bool;
    Int Ints as i128: i8 i16 i32 i64 i128 u8 u16 u32 u64;
    Float Floats as f64: f32 f64;
    Str Strs as String: &str String Cow<'_, str>;
}

impl From<&String> for AttributeValue {
    fn from(text: &String) -> Self {
        Self::Str(text.clone())
    }
}

impl From<char> for AttributeValue {
    fn from(letter: char) -> Self {
        Self::Str(letter.to_string())
    }
}

macro_rules! from_size {
    ($($size:ty)*) => {$(
        impl From<$size> for AttributeValue {
            fn from(number: $size) -> Self {
                Self::Int(number as i128)
            }
        }

        impl From<&[$size]> for AttributeValue {
            fn from(list: &[$size]) -> Self {
                Self::Ints(list.iter().map(|number| *number as i128).collect())
            }
        }

        impl From<Vec<$size>> for AttributeValue {
            fn from(list: Vec<$size>) -> Self {
                Self::from(list.as_slice())
            }
        }

        impl<const N: usize> From<[$size; N]> for AttributeValue {
            fn from(list: [$size; N]) -> Self {
                Self::from(list.as_slice())
            }
        }
    )*};
}

from_size!(usize isize);
