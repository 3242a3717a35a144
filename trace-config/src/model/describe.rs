//! Describes the types of the model, once for all that depends on them.
//!
//! A description expands into the Rust type, its reader and its writer, and into a [`Type`], from which come
//! validation, defaults, the coverage table and the JSON schema.

use crate::node::Node;

/// A type of the schema.
pub(crate) struct Type {
    /// Its name in the schema.
    pub(crate) schema: &'static str,
    pub(crate) docs: &'static str,
    /// Whether null stands for a value without keys.
    pub(crate) nullable: bool,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    /// A mapping with these keys.
    Record { fields: &'static [Field], rest: Rest },
    /// A mapping with exactly one of these keys.
    Union { variants: &'static [Variant], extensible: bool },
    /// One of these strings.
    Names(&'static [Name]),
}

/// The values that a record may have under other keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    None,
    Any,
    Objects,
    /// At least one key in all.
    SomeObjects,
}

pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: fn() -> Kind,
    pub(crate) limits: Limits,
    /// The default as a literal.
    pub(crate) default: Option<&'static str>,
    /// The default in words.
    pub(crate) otherwise: Option<&'static str>,
}

pub(crate) struct Variant {
    pub(crate) key: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) kind: fn() -> Kind,
}

pub(crate) struct Name {
    pub(crate) text: &'static str,
    pub(crate) docs: &'static str,
}

/// The kind of a value.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Bool,
    Integer {
        min: i128,
        max: i128,
    },
    Number,
    Text,
    /// Text that is never shown.
    Secret,
    AttributeValue,
    List(fn() -> Kind),
    /// A mapping from any names to values of one kind.
    ByName(fn() -> Kind),
    Type(&'static Type),
}

/// The values that a field accepts, beyond its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) null: bool,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    /// The minimum number of items.
    pub(crate) items: usize,
    /// Whether the value is the absolute path of a file.
    pub(crate) path: bool,
}

impl Limits {
    pub(crate) const NONE: Self = Self { null: false, min: None, max: None, items: 0, path: false };

    pub(crate) const fn null(mut self) -> Self {
        self.null = true;
        self
    }

    pub(crate) const fn min(mut self, least: i64) -> Self {
        self.min = Some(least);
        self
    }

    pub(crate) const fn max(mut self, most: i64) -> Self {
        self.max = Some(most);
        self
    }

    pub(crate) const fn items(mut self, least: usize) -> Self {
        self.items = least;
        self
    }

    pub(crate) const fn path(mut self) -> Self {
        self.path = true;
        self
    }
}

impl Type {
    /// Returns the fields of a record.
    pub(crate) fn fields(&self) -> &'static [Field] {
        match self.shape {
            Shape::Record { fields, .. } => fields,
            _ => &[],
        }
    }
}

/// A value of the model.
pub(crate) trait Modelled: Sized {
    /// Whether null is a value.
    const NULLABLE: bool = false;
    /// Whether a mapping is a value. TOML's empty table is null to all others.
    const MAPPING: bool = false;

    fn kind() -> Kind;

    /// Reads a value that was validated. `None`: it is not of this type.
    fn read(node: &Node) -> Option<Self>;

    fn write(&self) -> Node;
}

/// Reads the value of a key that may be absent or null.
pub(crate) fn optional<T: Modelled>(node: &Node, key: &str) -> Option<Option<T>> {
    match node.get(key) {
        None => Some(None),
        Some(value) if value.is_empty_table() && !T::MAPPING => Some(None),
        Some(value) if value.is_null() && !T::NULLABLE => Some(None),
        Some(value) => T::read(value).map(Some),
    }
}

/// Returns the key of a field, or the name of a type.
macro_rules! key {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident as $key:literal) => {
        $key
    };
}

macro_rules! flag {
    () => {
        false
    };
    ($flag:ident) => {
        true
    };
}

macro_rules! rest {
    () => {
        $crate::model::describe::Rest::None
    };
    (any) => {
        $crate::model::describe::Rest::Any
    };
    (objects) => {
        $crate::model::describe::Rest::Objects
    };
    (some_objects) => {
        $crate::model::describe::Rest::SomeObjects
    };
}

macro_rules! literal {
    () => {
        None
    };
    ($literal:literal) => {
        Some(concat!($literal))
    };
}

/// Implements what creates a record.
macro_rules! constructor {
    ($name:ident {} { $($optional:ident,)* }) => {
        impl Default for $name {
            fn default() -> Self {
                Self { at: $crate::node::Place::default(), $($optional: Default::default(),)* }
            }
        }
    };
    ($name:ident { $($required:ident: $ty:ty,)+ } { $($optional:ident,)* }) => {
        impl $name {
            /// Creates a value with what is required.
            pub fn new($($required: $ty),+) -> Self {
                Self {
                    at: $crate::node::Place::default(),
                    $($required,)+
                    $($optional: Default::default(),)*
                }
            }
        }
    };
}

/// Describes mappings with fixed keys:
/// `Name as "SchemaName", null { required { fields } fields }`, where a field is
/// `name as "key": Type [limits] = literal => "default in words";`. With `null`, null stands for a mapping
/// without keys.
macro_rules! records {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(as $schema:literal)? $(, $null:ident)? {
            $(required { $(
                $(#[doc = $req_doc:literal])+
                $req:ident $(as $req_key:literal)? : $req_ty:ty
                    $([$($req_limit:ident $(($req_arg:expr))?),*])? ;
            )+ })?
            $(
                $(#[doc = $opt_doc:literal])+
                $opt:ident $(as $opt_key:literal)? : $opt_ty:ty
                    $([$($opt_limit:ident $(($opt_arg:expr))?),*])?
                    $(= $default:literal)? $(=> $words:literal)? ;
            )*
            $(rest $rest:ident : $rest_kind:ident;)?
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            /// The place from which it was read.
            pub at: $crate::node::Place,
            $($(
                $(#[doc = $req_doc])+
                pub $req: $req_ty,
            )+)?
            $(
                $(#[doc = $opt_doc])+
                #[doc = ""]
                #[doc = concat!("Default: ", $("`", $default, "`",)? $($words,)? ".")]
                pub $opt: Option<$opt_ty>,
            )*
            $(
                /// What stands under other keys.
                pub $rest: Vec<$crate::model::Extension>,
            )?
        }

        $crate::model::describe::constructor! {
            $name { $($($req: $req_ty,)+)? } { $($opt,)* $($rest,)? }
        }

        impl $crate::model::describe::Modelled for $name {
            const NULLABLE: bool = $crate::model::describe::flag!($($null)?);
            const MAPPING: bool = true;

            fn kind() -> $crate::model::describe::Kind {
                use $crate::model::describe::*;
                static TYPE: Type = Type {
                    schema: key!($name $(as $schema)?),
                    docs: concat!($($doc),+),
                    nullable: <$name as Modelled>::NULLABLE,
                    shape: Shape::Record {
                        fields: &[
                            $($(Field {
                                key: key!($req $(as $req_key)?),
                                docs: concat!($($req_doc),+),
                                required: true,
                                kind: <$req_ty as Modelled>::kind,
                                limits: Limits::NONE $($(.$req_limit($($req_arg)?))*)?,
                                default: None,
                                otherwise: None,
                            },)+)?
                            $(Field {
                                key: key!($opt $(as $opt_key)?),
                                docs: concat!($($opt_doc),+),
                                required: false,
                                kind: <$opt_ty as Modelled>::kind,
                                limits: Limits::NONE $($(.$opt_limit($($opt_arg)?))*)?,
                                default: literal!($($default)?),
                                otherwise: literal!($($words)?),
                            },)*
                        ],
                        rest: $crate::model::describe::rest!($($rest_kind)?),
                    },
                };
                $crate::model::describe::Kind::Type(&TYPE)
            }

            fn read(node: &$crate::node::Node) -> Option<Self> {
                Some(Self {
                    at: node.place(),
                    $($($req: $crate::model::describe::Modelled::read(
                        node.get($crate::model::describe::key!($req $(as $req_key)?))?,
                    )?,)+)?
                    $($opt: $crate::model::describe::optional(
                        node,
                        $crate::model::describe::key!($opt $(as $opt_key)?),
                    )?,)*
                    $($rest: $crate::model::Extension::beside(node, Self::kind()),)?
                })
            }

            fn write(&self) -> $crate::node::Node {
                #[allow(unused_mut, reason = "some records have no optional keys")]
                let mut entries: Vec<$crate::node::Entry> = vec![$($($crate::node::Entry::new(
                    $crate::model::describe::key!($req $(as $req_key)?),
                    $crate::model::describe::Modelled::write(&self.$req),
                ),)+)?];
                $(if let Some(value) = &self.$opt {
                    entries.push($crate::node::Entry::new(
                        $crate::model::describe::key!($opt $(as $opt_key)?),
                        $crate::model::describe::Modelled::write(value),
                    ));
                })*
                $(entries.extend(self.$rest.iter().map($crate::model::Extension::entry));)?
                match Self::NULLABLE && entries.is_empty() {
                    true => $crate::node::Node::null(),
                    false => $crate::node::Node::mapping(entries),
                }
            }
        }
    )+};
}

/// Describes mappings with one key of several: `Name as "SchemaName", Extension { Variant(Type) = "key"; }`.
/// With `Extension`, other keys are plug-ins.
macro_rules! unions {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(as $schema:literal)? $(, $extension:ident)? {
            $(
                $(#[doc = $var_doc:literal])+
                $variant:ident($ty:ty) = $key:literal;
            )+
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[doc = $var_doc])+
                $variant($ty),
            )+
            $(
                /// A plug-in of another name.
                $extension($extension),
            )?
        }

        impl $name {
            /// The keys that the schema defines, one of which chooses a variant.
            pub const KEYS: &'static [&'static str] = &[$($key),+];
        }

        impl $crate::model::describe::Modelled for $name {
            const MAPPING: bool = true;

            fn kind() -> $crate::model::describe::Kind {
                use $crate::model::describe::*;
                static TYPE: Type = Type {
                    schema: key!($name $(as $schema)?),
                    docs: concat!($($doc),+),
                    nullable: false,
                    shape: Shape::Union {
                        variants: &[$(Variant {
                            key: $key,
                            docs: concat!($($var_doc),+),
                            kind: <$ty as Modelled>::kind,
                        },)+],
                        extensible: flag!($($extension)?),
                    },
                };
                $crate::model::describe::Kind::Type(&TYPE)
            }

            fn read(node: &$crate::node::Node) -> Option<Self> {
                let entry = node.only_entry()?;
                match entry.key() {
                    $($key => {
                        $crate::model::describe::Modelled::read(entry.value()).map(Self::$variant)
                    })+
                    $(_ => Some(Self::$extension($extension::of(entry))),)?
                    #[allow(unreachable_patterns, reason = "plug-ins have other keys")]
                    _ => None,
                }
            }

            fn write(&self) -> $crate::node::Node {
                let entry = match self {
                    $(Self::$variant(value) => $crate::node::Entry::new(
                        $key,
                        $crate::model::describe::Modelled::write(value),
                    ),)+
                    $(Self::$extension(extension) => extension.entry(),)?
                };
                $crate::node::Node::mapping(vec![entry])
            }
        }
    )+};
}

/// Describes strings of a fixed set: `Name as "SchemaName" { Variant = "text"; }`.
macro_rules! names {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(as $schema:literal)? {
            $(
                $(#[doc = $var_doc:literal])+
                $variant:ident = $text:literal;
            )+
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[doc = $var_doc])+
                $variant,
            )+
        }

        impl $name {
            /// Returns the name as it stands in a file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl $crate::model::describe::Modelled for $name {
            fn kind() -> $crate::model::describe::Kind {
                use $crate::model::describe::*;
                static TYPE: Type = Type {
                    schema: key!($name $(as $schema)?),
                    docs: concat!($($doc),+),
                    nullable: false,
                    shape: Shape::Names(&[
                        $(Name { text: $text, docs: concat!($($var_doc),+) },)+
                    ]),
                };
                $crate::model::describe::Kind::Type(&TYPE)
            }

            fn read(node: &$crate::node::Node) -> Option<Self> {
                match node.as_str()? {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }

            fn write(&self) -> $crate::node::Node {
                $crate::node::Node::string(self.as_str())
            }
        }
    )+};
}

pub(crate) use {constructor, flag, key, literal, names, records, rest, unions};
