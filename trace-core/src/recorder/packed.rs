//! Packs values for their way from a call site to the recorder: one word of tags and a slot for
//! each value.
//!
//! The call site packs inline, where the types are known, so that the tags are one constant and a
//! number is one store; the recorder copies the slots without inspecting each.

use super::words::{self, GROUP, LONG};
use crate::value::Value;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::mem::{MaybeUninit, transmute};
use std::ptr::with_exposed_provenance;
use std::slice;

/// Tags that only packed values have.
const DISPLAY: u8 = LONG;
const DEBUG: u8 = LONG | 1;
const STRINGS: u8 = LONG | 2;
const I8S: u8 = LONG | 3;
const I16S: u8 = LONG | 4;
const I32S: u8 = LONG | 5;
const I128S: u8 = LONG | 6;
const ISIZES: u8 = LONG | 7;
const U8S: u8 = LONG | 8;
const U16S: u8 = LONG | 9;
const U32S: u8 = LONG | 10;
const U64S: u8 = LONG | 11;
const U128S: u8 = LONG | 12;
const USIZES: u8 = LONG | 13;
const F32S: u8 = LONG | 14;

/// The head of a value (a number, or a length) and the address of the data it borrows.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Slot {
    head: u64,
    address: MaybeUninit<u64>,
}

impl Slot {
    #[inline(always)]
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// # Safety
    /// The value borrows something.
    #[inline(always)]
    pub(super) unsafe fn address(&self) -> u64 {
        // SAFETY: as the caller promises.
        unsafe { self.address.assume_init() }
    }
}

/// Up to eight values.
pub(super) struct Packed<'a, const N: usize> {
    slots: [Slot; N],
    values: PhantomData<Value<'a>>,
}

impl<'a, const N: usize> Packed<'a, N> {
    /// Packs values: returns the tags, separately so that they need no memory, and the slots.
    // HOT: at the call site; whatever is known about the values there is folded away. Not a loop:
    // loops are unrolled too late for that.
    #[inline(always)]
    pub(super) fn new(values: [Value<'a>; N]) -> (u64, Self) {
        const { assert!(N <= GROUP) };
        let unused = Slot { head: 0, address: MaybeUninit::uninit() };
        let mut packed = Self { slots: [unused; N], values: PhantomData };
        let tags = packed.put(&values, 0)
            | packed.put(&values, 1)
            | packed.put(&values, 2)
            | packed.put(&values, 3)
            | packed.put(&values, 4)
            | packed.put(&values, 5)
            | packed.put(&values, 6)
            | packed.put(&values, 7);
        (tags, packed)
    }

    #[inline(always)]
    fn put(&mut self, values: &[Value<'a>; N], index: usize) -> u64 {
        if index >= N {
            return 0;
        }
        let (tag, slot) = pack(values[index]);
        self.slots[index] = slot;
        u64::from(tag) << (8 * index)
    }

    /// Values that borrow nothing, or nothing yet.
    #[cold]
    pub(super) fn of_heads(heads: [u64; N]) -> Self {
        let slots = heads.map(|head| Slot { head, address: MaybeUninit::uninit() });
        Self { slots, values: PhantomData }
    }

    #[cold]
    pub(super) fn set_address(&mut self, index: usize, address: u64) {
        self.slots[index].address = MaybeUninit::new(address);
    }

    #[inline(always)]
    pub(super) fn slot(&self, index: usize) -> &Slot {
        &self.slots[index]
    }

    #[inline(always)]
    pub(super) fn with_tags(&self, tags: u64) -> PackedRef<'_> {
        PackedRef { tags, slots: self.slots.as_ptr(), values: PhantomData }
    }
}

/// Borrowed packed values; their number is known from elsewhere.
#[derive(Clone, Copy)]
pub(super) struct PackedRef<'a> {
    pub(super) tags: u64,
    pub(super) slots: *const Slot,
    values: PhantomData<Value<'a>>,
}

impl<'a> PackedRef<'a> {
    pub(super) const NONE: Self = Self { tags: 0, slots: std::ptr::null(), values: PhantomData };

    /// Returns the values as they were.
    ///
    /// # Safety
    /// `count` of them were packed.
    pub(super) unsafe fn unpack(self, count: usize) -> [Value<'a>; GROUP] {
        let mut values = [Value::Absent; GROUP];
        for (index, value) in values.iter_mut().enumerate().take(count) {
            // SAFETY: as the caller promises.
            *value = unsafe { unpack((self.tags >> (8 * index)) as u8, &*self.slots.add(index)) };
        }
        values
    }
}

#[inline(always)]
fn pack(value: Value<'_>) -> (u8, Slot) {
    let number = |tag, head| (tag, Slot { head, address: MaybeUninit::uninit() });
    let borrowed = |tag, head: usize, address: *const u8| {
        let address = MaybeUninit::new(address.expose_provenance() as u64);
        (tag, Slot { head: head as u64, address })
    };
    match value {
        Value::Absent => number(words::ABSENT, 0),
        Value::Bool(value) => number(words::BOOL, value.into()),
        Value::I64(value) => number(words::I64, value as u64),
        Value::U64(value) => number(words::U64, value),
        Value::F64(value) => number(words::F64, value.to_bits()),
        Value::Static(text) => borrowed(words::STATIC, text.len(), text.as_ptr()),
        Value::Str(text) => borrowed(words::STR, text.len(), text.as_ptr()),
        Value::Display(value) => {
            // SAFETY: a reference to a trait object is two pointers.
            let [one, other] = unsafe { transmute::<&dyn Display, [*const u8; 2]>(value) };
            borrowed(DISPLAY, other.expose_provenance(), one)
        }
        Value::Debug(value) => {
            // SAFETY: a reference to a trait object is two pointers.
            let [one, other] = unsafe { transmute::<&dyn Debug, [*const u8; 2]>(value) };
            borrowed(DEBUG, other.expose_provenance(), one)
        }
        Value::Bools(list) => borrowed(words::BOOLS, list.len(), list.as_ptr().cast()),
        Value::I64s(list) => borrowed(words::I64S, list.len(), list.as_ptr().cast()),
        Value::F64s(list) => borrowed(words::F64S, list.len(), list.as_ptr().cast()),
        Value::Strs(list) => borrowed(words::STRS, list.len(), list.as_ptr().cast()),
        Value::Strings(list) => borrowed(STRINGS, list.len(), list.as_ptr().cast()),
        Value::I8s(list) => borrowed(I8S, list.len(), list.as_ptr().cast()),
        Value::I16s(list) => borrowed(I16S, list.len(), list.as_ptr().cast()),
        Value::I32s(list) => borrowed(I32S, list.len(), list.as_ptr().cast()),
        Value::I128s(list) => borrowed(I128S, list.len(), list.as_ptr().cast()),
        Value::Isizes(list) => borrowed(ISIZES, list.len(), list.as_ptr().cast()),
        Value::U8s(list) => borrowed(U8S, list.len(), list.as_ptr().cast()),
        Value::U16s(list) => borrowed(U16S, list.len(), list.as_ptr().cast()),
        Value::U32s(list) => borrowed(U32S, list.len(), list.as_ptr().cast()),
        Value::U64s(list) => borrowed(U64S, list.len(), list.as_ptr().cast()),
        Value::U128s(list) => borrowed(U128S, list.len(), list.as_ptr().cast()),
        Value::Usizes(list) => borrowed(USIZES, list.len(), list.as_ptr().cast()),
        Value::F32s(list) => borrowed(F32S, list.len(), list.as_ptr().cast()),
    }
}

/// # Safety
/// [`pack`] made tag and slot from a value that lives for `'a`.
unsafe fn unpack<'a>(tag: u8, slot: &Slot) -> Value<'a> {
    /// # Safety
    /// As for `unpack`, of a list of this type.
    unsafe fn list<'a, T>(slot: &Slot) -> &'a [T] {
        // SAFETY: as the caller promises.
        unsafe {
            let start = with_exposed_provenance(slot.address() as usize);
            slice::from_raw_parts(start, slot.head as usize)
        }
    }
    /// # Safety
    /// As for `unpack`, of a reference to a trait object.
    unsafe fn object(slot: &Slot) -> [*const u8; 2] {
        // SAFETY: as the caller promises.
        let address = unsafe { slot.address() };
        [with_exposed_provenance(address as usize), with_exposed_provenance(slot.head as usize)]
    }
    // SAFETY: as the caller promises; each arm undoes that of `pack`.
    unsafe {
        match tag {
            words::BOOL => Value::Bool(slot.head != 0),
            words::I64 => Value::I64(slot.head as i64),
            words::U64 => Value::U64(slot.head),
            words::F64 => Value::F64(f64::from_bits(slot.head)),
            words::STATIC => Value::Static(std::str::from_utf8_unchecked(list(slot))),
            words::STR => Value::Str(std::str::from_utf8_unchecked(list(slot))),
            DISPLAY => Value::Display(transmute::<[*const u8; 2], &dyn Display>(object(slot))),
            DEBUG => Value::Debug(transmute::<[*const u8; 2], &dyn Debug>(object(slot))),
            words::BOOLS => Value::Bools(list(slot)),
            words::I64S => Value::I64s(list(slot)),
            words::F64S => Value::F64s(list(slot)),
            words::STRS => Value::Strs(list(slot)),
            STRINGS => Value::Strings(list(slot)),
            I8S => Value::I8s(list(slot)),
            I16S => Value::I16s(list(slot)),
            I32S => Value::I32s(list(slot)),
            I128S => Value::I128s(list(slot)),
            ISIZES => Value::Isizes(list(slot)),
            U8S => Value::U8s(list(slot)),
            U16S => Value::U16s(list(slot)),
            U32S => Value::U32s(list(slot)),
            U64S => Value::U64s(list(slot)),
            U128S => Value::U128s(list(slot)),
            USIZES => Value::Usizes(list(slot)),
            F32S => Value::F32s(list(slot)),
            _ => Value::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(value: Value<'_>) -> String {
        let (tags, packed) = Packed::new([Value::U64(1), value, Value::Bool(true)]);
        // SAFETY: three were packed.
        let values = unsafe { packed.with_tags(tags).unpack(3) };
        assert!(matches!(values[0], Value::U64(1)));
        assert!(matches!(values[2], Value::Bool(true)));
        assert!(matches!(values[3], Value::Absent));
        match values[1] {
            Value::Absent => "absent".to_owned(),
            Value::Bool(value) => format!("{value}"),
            Value::I64(value) => format!("{value}"),
            Value::U64(value) => format!("{value}"),
            Value::F64(value) => format!("{value}"),
            Value::Static(text) | Value::Str(text) => text.to_owned(),
            Value::Display(value) => format!("{value}"),
            Value::Debug(value) => format!("{value:?}"),
            Value::Bools(list) => format!("{list:?}"),
            Value::I64s(list) => format!("{list:?}"),
            Value::F64s(list) => format!("{list:?}"),
            Value::Strs(list) => format!("{list:?}"),
            Value::Strings(list) => format!("{list:?}"),
            Value::I8s(list) => format!("{list:?}"),
            Value::I16s(list) => format!("{list:?}"),
            Value::I32s(list) => format!("{list:?}"),
            Value::I128s(list) => format!("{list:?}"),
            Value::Isizes(list) => format!("{list:?}"),
            Value::U8s(list) => format!("{list:?}"),
            Value::U16s(list) => format!("{list:?}"),
            Value::U32s(list) => format!("{list:?}"),
            Value::U64s(list) => format!("{list:?}"),
            Value::U128s(list) => format!("{list:?}"),
            Value::Usizes(list) => format!("{list:?}"),
            Value::F32s(list) => format!("{list:?}"),
        }
    }

    #[test]
    fn every_kind_of_value_survives() {
        let text = String::from("heap");
        for (value, expected) in [
            (Value::Absent, "absent"),
            (Value::Bool(true), "true"),
            (Value::I64(-7), "-7"),
            (Value::U64(u64::MAX), "18446744073709551615"),
            (Value::F64(-0.5), "-0.5"),
            (Value::Static("static"), "static"),
            (Value::Static(""), ""),
            (Value::Str(&text), "heap"),
            (Value::Display(&text), "heap"),
            (Value::Debug(&text), "\"heap\""),
            (Value::Bools(&[true, false]), "[true, false]"),
            (Value::I64s(&[-1, 2]), "[-1, 2]"),
            (Value::I64s(&[]), "[]"),
            (Value::F64s(&[0.5]), "[0.5]"),
            (Value::Strs(&["a", "b"]), "[\"a\", \"b\"]"),
            (Value::Strings(std::slice::from_ref(&text)), "[\"heap\"]"),
            (Value::I8s(&[-1, 2]), "[-1, 2]"),
            (Value::I16s(&[-1, 2]), "[-1, 2]"),
            (Value::I32s(&[-1, 2]), "[-1, 2]"),
            (Value::I128s(&[-1, 2]), "[-1, 2]"),
            (Value::Isizes(&[-1, 2]), "[-1, 2]"),
            (Value::U8s(&[1, 2]), "[1, 2]"),
            (Value::U16s(&[1, 2]), "[1, 2]"),
            (Value::U32s(&[1, 2]), "[1, 2]"),
            (Value::U64s(&[1, 2]), "[1, 2]"),
            (Value::U128s(&[1, 2]), "[1, 2]"),
            (Value::Usizes(&[1, 2]), "[1, 2]"),
            (Value::F32s(&[0.5]), "[0.5]"),
        ] {
            assert_eq!(round_trip(value), expected);
        }
    }
}
