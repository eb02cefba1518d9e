//! Reads flat, internally tagged objects (`{"t":"beat",…}`) as a stream.
//!
//! serde's own derive for such enums buffers the whole object before it looks at the tag, which costs several times the
//! parse itself on the hot path; and with a catch-all variant it turns a known frame of a wrong shape into an unknown one,
//! so that nobody is ever told what was wrong. Here the tag decides: a known one is read strictly and fails with the
//! place of its fault, an unknown one is kept verbatim. Tags written first (as ours are) are never buffered.
//!
//! Never knows any frame: the mirrors in `event/read.rs`, `frame/read.rs` and `command.rs` say which fields there are.

use std::borrow::Cow;
use std::fmt;
use std::vec;

use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess,
    VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

/// A string that borrows from the text when it holds no escape.
pub(crate) struct Text<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}

/// Reads one tagged object from `map`. `own` is offered each field that is not the tag and answers whether it took the value
/// (the envelope's fields, like an event's number); `known` reads the variant through its mirror; `unknown` wraps the rest,
/// tag included and the envelope's fields not, when no mirror has the tag.
pub(crate) fn read<'de, A, T, F, K>(
    mut map: A,
    tag_key: &'static str,
    mut own: F,
    known: K,
    unknown: fn(Value) -> T,
) -> Result<T, A::Error>
where
    A: MapAccess<'de>,
    F: FnMut(&str, &mut A) -> Result<bool, A::Error>,
    K: FnOnce(Variant<'_, 'de, A, F>) -> Result<T, A::Error>,
{
    let mut before = Vec::new();
    let tag = loop {
        let Some(Text(key)) = map.next_key()? else {
            return Err(Error::missing_field(tag_key));
        };
        if key == tag_key {
            break map.next_value::<Text<'de>>()?.0;
        }
        if !own(&key, &mut map)? {
            before.push((key.into_owned(), map.next_value::<Value>()?));
        }
    };
    let mut kept = None;
    let variant = Variant {
        tag_key,
        tag,
        rest: Rest {
            before: before.into_iter(),
            value: None,
            map,
            own,
        },
        kept: &mut kept,
    };
    match known(variant) {
        Ok(read) => Ok(read),
        Err(error) => kept.map(|all| unknown(Value::Object(all))).ok_or(error),
    }
}

/// An object whose tag was read, offered to a mirror's derived `Deserialize` as an enum.
pub(crate) struct Variant<'k, 'de, A, F> {
    tag_key: &'static str,
    tag: Cow<'de, str>,
    rest: Rest<A, F>,
    kept: &'k mut Option<Map<String, Value>>,
}

impl<'de, A, F> Deserializer<'de> for Variant<'_, 'de, A, F>
where
    A: MapAccess<'de>,
    F: FnMut(&str, &mut A) -> Result<bool, A::Error>,
{
    type Error = A::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        if variants.contains(&self.tag.as_ref()) {
            return visitor.visit_enum(self);
        }
        let mut all = Map::new();
        while let Some((key, value)) = self.rest.next_entry::<String, Value>()? {
            all.insert(key, value);
        }
        let error = A::Error::custom("a tag that this build does not know");
        all.insert(
            self.tag_key.to_owned(),
            Value::String(self.tag.into_owned()),
        );
        *self.kept = Some(all);
        Err(error)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        self.deserialize_enum("", &[], visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, A, F> EnumAccess<'de> for Variant<'_, 'de, A, F>
where
    A: MapAccess<'de>,
    F: FnMut(&str, &mut A) -> Result<bool, A::Error>,
{
    type Error = A::Error;
    type Variant = Rest<A, F>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        let tag: CowStrDeserializer<'de, A::Error> = self.tag.into_deserializer();
        Ok((seed.deserialize(tag)?, self.rest))
    }
}

/// The fields of a variant: those that came before the tag, then the others as they stream in.
pub(crate) struct Rest<A, F> {
    before: vec::IntoIter<(String, Value)>,
    value: Option<Value>,
    map: A,
    own: F,
}

impl<'de, A, F> MapAccess<'de> for Rest<A, F>
where
    A: MapAccess<'de>,
    F: FnMut(&str, &mut A) -> Result<bool, A::Error>,
{
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if let Some((key, value)) = self.before.next() {
            self.value = Some(value);
            return seed.deserialize(key.into_deserializer()).map(Some);
        }
        while let Some(Text(key)) = self.map.next_key()? {
            if !(self.own)(&key, &mut self.map)? {
                let key: CowStrDeserializer<'de, A::Error> = key.into_deserializer();
                return seed.deserialize(key).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(Error::custom),
            None => self.map.next_value_seed(seed),
        }
    }
}

impl<'de, A, F> VariantAccess<'de> for Rest<A, F>
where
    A: MapAccess<'de>,
    F: FnMut(&str, &mut A) -> Result<bool, A::Error>,
{
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        while self
            .next_entry::<de::IgnoredAny, de::IgnoredAny>()?
            .is_some()
        {}
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        seed.deserialize(MapAccessDeserializer::new(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _: V) -> Result<V::Value, A::Error> {
        Err(Error::custom("a flat object holds no tuple"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }
}

/// Implements `Deserialize` for an internally tagged enum with a catch-all `Unknown(Value)`, through its mirror.
macro_rules! read_tagged {
    ($name:ident by $mirror:ident, $tag:literal, $expecting:literal) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Flat;
                impl<'de> serde::de::Visitor<'de> for Flat {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        map: A,
                    ) -> Result<$name, A::Error> {
                        $crate::tagged::read(
                            map,
                            $tag,
                            |_, _| Ok(false),
                            |variant| $mirror::deserialize(variant),
                            $name::Unknown,
                        )
                    }
                }
                deserializer.deserialize_map(Flat)
            }
        }
    };
}
pub(crate) use read_tagged;
