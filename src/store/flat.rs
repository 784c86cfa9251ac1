//! A row as arguments: SQLite takes a tuple's values one by one, which costs it far less than to unfold them from JSON.
//!
//! Texts, numbers and booleans travel as they are; lists and maps as JSON text, which is what their columns hold.

use serde::ser::{Error as _, Impossible, Serialize, SerializeTuple, SerializeTupleStruct, Serializer};
use std::fmt;

/// An argument of a statement.
#[derive(Clone, Debug)]
pub(super) enum Arg {
    Text(Option<String>),
    Int(i64),
}

impl Arg {
    /// Returns how many bytes it takes, about.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.as_ref().map_or(0, String::len),
            Self::Int(_) => size_of::<i64>(),
        }
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Adds the values of a row, a tuple or a tuple struct, to `args`.
pub(super) fn flatten(row: &impl Serialize, args: &mut Vec<Arg>) -> Result<(), Unfit> {
    row.serialize(Place { args, is_row: true })
}

/// What is no row: a row is a tuple of values.
#[derive(Debug)]
pub(super) struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl serde::ser::Error for Unfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Where a value goes: a whole row, or one of its columns. Whatever has parts is unfit for a column, and becomes JSON.
struct Place<'a> {
    args: &'a mut Vec<Arg>,
    is_row: bool,
}

impl<'a> Place<'a> {
    fn column(self, arg: Arg) -> Result<(), Unfit> {
        self.args.push(arg);
        Ok(())
    }

    fn row(self) -> Result<Row<'a>, Unfit> {
        if self.is_row { Ok(Row { args: self.args }) } else { has_parts() }
    }
}

struct Row<'a> {
    args: &'a mut Vec<Arg>,
}

impl Row<'_> {
    fn add(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unfit> {
        value.serialize(Place { args: self.args, is_row: false }).or_else(|_| {
            let json = serde_json::to_string(value).map_err(Unfit::custom)?;
            self.args.push(Arg::from(json));
            Ok(())
        })
    }
}

impl SerializeTuple for Row<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.add(value)
    }

    fn end(self) -> Result<(), Unfit> {
        Ok(())
    }
}

impl SerializeTupleStruct for Row<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.add(value)
    }

    fn end(self) -> Result<(), Unfit> {
        Ok(())
    }
}

/// Writes the methods of a serializer that all end in the same way.
macro_rules! each {
    ($($name:ident($($type:ty),*) -> $ok:ty = $make:expr;)*) => {
        $(fn $name(self, $(_: $type),*) -> Result<$ok, Unfit> { $make(self) })*
    };
}

macro_rules! numbers {
    ($($name:ident($type:ty);)*) => {
        $(fn $name(self, value: $type) -> Result<(), Unfit> { self.column(Arg::Int(i64::try_from(value).map_err(Unfit::custom)?)) })*
    };
}

fn has_parts<T>() -> Result<T, Unfit> {
    Err(Unfit(String::new()))
}

fn unfit<T>(_: Place<'_>) -> Result<T, Unfit> {
    has_parts()
}

fn null(place: Place<'_>) -> Result<(), Unfit> {
    place.column(Arg::Text(None))
}

impl<'a> Serializer for Place<'a> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Impossible<(), Unfit>;
    type SerializeTuple = Row<'a>;
    type SerializeTupleStruct = Row<'a>;
    type SerializeTupleVariant = Impossible<(), Unfit>;
    type SerializeMap = Impossible<(), Unfit>;
    type SerializeStruct = Impossible<(), Unfit>;
    type SerializeStructVariant = Impossible<(), Unfit>;

    numbers! {
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64);
    }

    each! {
        serialize_f32(f32) -> () = unfit;
        serialize_f64(f64) -> () = unfit;
        serialize_bytes(&[u8]) -> () = unfit;
        serialize_none() -> () = null;
        serialize_unit() -> () = null;
        serialize_unit_struct(&'static str) -> () = null;
        serialize_seq(Option<usize>) -> Self::SerializeSeq = unfit;
        serialize_tuple(usize) -> Row<'a> = Self::row;
        serialize_tuple_struct(&'static str, usize) -> Row<'a> = Self::row;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant = unfit;
        serialize_map(Option<usize>) -> Self::SerializeMap = unfit;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct = unfit;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant = unfit;
    }

    fn serialize_bool(self, value: bool) -> Result<(), Unfit> {
        self.column(Arg::Int(i64::from(value)))
    }

    fn serialize_char(self, value: char) -> Result<(), Unfit> {
        self.column(Arg::from(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        self.column(Arg::from(value))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unfit> {
        self.column(Arg::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Result<(), Unfit> {
        has_parts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_one_argument_a_column() {
        let mut args = Vec::new();
        let row = ("a", 1_usize, true, None::<&str>, Some("b"), 'c', vec!["d"], Some(serde_json::json!({"e": 1.5})), ());
        flatten(&row, &mut args).unwrap();
        let shown: Vec<String> = args
            .iter()
            .map(|arg| match arg {
                Arg::Text(text) => text.clone().unwrap_or_else(|| "null".into()),
                Arg::Int(number) => number.to_string(),
            })
            .collect();
        assert_eq!(shown, ["a", "1", "1", "null", "b", "c", "[\"d\"]", "{\"e\":1.5}", "null"]);
    }
}
