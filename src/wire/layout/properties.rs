//! What holds for all layouts, values and bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;

/// Types that say where they end.
fn closed() -> BoxedStrategy<Kind> {
    let scalar = prop::sample::select(
        Number::NAMES
            .into_iter()
            .chain(["f32", "f64le", "ipv4", "ipv6", "dns_name"])
            .collect::<Vec<_>>(),
    );
    let scalar = scalar.prop_map(|name| Kind::Scalar(Scalar::named(name).unwrap()));
    let extent = || {
        prop_oneof![
            prop::sample::select(vec!["u16", "i16", "varint", "u24le"])
                .prop_map(|name| Extent::Prefix(Number::named(name).unwrap())),
            Just(Extent::Until(vec![0])),
            Just(Extent::Until(b"\r\n".to_vec())),
        ]
    };
    let leaf = prop_oneof![
        3 => scalar,
        1 => extent().prop_map(Kind::Bytes),
        1 => extent().prop_map(Kind::Text),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let prefix = prop::sample::select(vec!["u8", "i16", "varint"]);
        (inner, prefix)
            .prop_map(|(of, prefix)| Kind::List(Box::new(of), Extent::Prefix(Number::named(prefix).unwrap())))
    })
    .boxed()
}

fn open() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Bytes(Extent::End)),
        Just(Kind::Text(Extent::End)),
        Just(Kind::List(
            Box::new(Kind::Scalar(Scalar::named("u16").unwrap())),
            Extent::End
        )),
    ]
}

fn value_of(kind: &Kind) -> BoxedStrategy<Json> {
    let is_signed = |extent: &Extent| matches!(extent, Extent::Prefix(number) if number.is_signed());
    let value = match kind {
        Kind::Scalar(Scalar::Number(number)) => {
            let (least, most) = number.range();
            prop_oneof![Just(least), Just(most), least..=most]
                .prop_map(scalar::number)
                .boxed()
        }
        Kind::Scalar(Scalar::Bits(bits)) => (0..1_u64 << bits).prop_map(Json::from).boxed(),
        Kind::Scalar(Scalar::F32 { .. }) => any::<f32>()
            .prop_map(|float| Scalar::F32 { little: false }.canonical(&json!(float)).unwrap())
            .prop_filter("a number", |json| !json.is_null())
            .boxed(),
        Kind::Scalar(Scalar::F64 { .. }) => any::<f64>()
            .prop_map(|float| json!(float))
            .prop_filter("a number", |json| !json.is_null())
            .boxed(),
        Kind::Scalar(Scalar::Ipv4) => any::<std::net::Ipv4Addr>()
            .prop_map(|address| json!(address.to_string()))
            .boxed(),
        Kind::Scalar(Scalar::Ipv6) => any::<std::net::Ipv6Addr>()
            .prop_map(|address| json!(address.to_string()))
            .boxed(),
        Kind::Scalar(Scalar::DnsName) => vec("[a-c]{1,3}", 0..4)
            .prop_map(|labels| match labels.is_empty() {
                true => json!("."),
                false => json!(labels.join(".")),
            })
            .boxed(),
        Kind::Bytes(_) => vec(any::<u8>(), 0..40)
            .prop_map(|bytes| scalar::from_bytes(&bytes))
            .boxed(),
        Kind::Text(_) => "\\PC{0,20}".prop_map(Json::from).boxed(),
        Kind::List(of, _) => vec(value_of(of), 0..5).prop_map(Json::from).boxed(),
        Kind::Message(..) | Kind::Switch { .. } => Just(Json::Null).boxed(),
    };
    match kind.extent() {
        Some(extent) if is_signed(extent) => prop_oneof![5 => value, 1 => Just(Json::Null)].boxed(),
        _ => value,
    }
}

/// A field of this type, with a value.
fn valued(kind: impl Strategy<Value = Kind> + 'static) -> BoxedStrategy<(Kind, Json)> {
    kind.prop_flat_map(|kind| {
        let value = value_of(&kind);
        (Just(kind), value)
    })
    .boxed()
}

fn field(name: String, kind: Kind, role: Role) -> Field {
    Field {
        name,
        kind,
        when: None,
        role,
        tail: 0,
    }
}

/// A layout, and fields for a message of it: values, bits, what is computed, one field to the end, and a checksum behind.
fn message() -> impl Strategy<Value = (Layout, Json)> {
    let values = vec(valued(closed()), 0..5);
    let bits = (1_u32..16, any::<u64>());
    (values, bits, valued(open()), any::<[bool; 4]>()).prop_map(|(values, (first, drawn), last, has)| {
        let number = |name: &str| Kind::Scalar(Scalar::named(name).unwrap());
        let mut fields = Vec::new();
        let mut with = Map::new();
        if has[0] {
            let of = if has[1] { Of::Rest } else { Of::All };
            fields.push(field("size".into(), number("varint"), Role::SizeOf { of, add: 4 }));
        }
        for (bits, name) in [(first, "b1"), (16 - first, "b2")] {
            fields.push(field(name.into(), Kind::Scalar(Scalar::Bits(bits)), Role::Plain));
            with.insert(name.into(), Json::from(drawn & ((1 << bits) - 1)));
        }
        for (place, (kind, value)) in values.into_iter().enumerate() {
            if has[2] && matches!(&kind, Kind::List(..)) && !value.is_null() {
                let role = Role::CountOf(fields.len() + 1);
                fields.push(field(format!("n{place}"), number("u16le"), role));
            } else if has[3] {
                let of = Of::Fields(vec![fields.len() + 1]);
                fields.push(field(format!("s{place}"), number("u32"), Role::SizeOf { of, add: -1 }));
            }
            // A size below 1 and -1 are less than nothing.
            let is_unsure = has[3] && value == json!("");
            with.insert(format!("f{place}"), if is_unsure { value_for(&kind) } else { value });
            fields.push(field(format!("f{place}"), kind, Role::Plain));
        }
        fields.push(Field {
            tail: 4,
            ..field("last".into(), last.0, Role::Plain)
        });
        with.insert("last".into(), last.1);
        let role = Role::Checksum {
            algorithm: Algorithm::Crc32,
            of: Of::All,
        };
        fields.push(field("sum".into(), number("u32le"), role));
        let layouts = Layouts::new(vec![Definition {
            name: "M".into(),
            fields,
        }]);
        (layouts.find("M").unwrap(), Json::Object(with))
    })
}

fn value_for(kind: &Kind) -> Json {
    kind.empty()
}

proptest! {
    #[test]
    fn what_is_written_is_read((layout, with) in message()) {
        // A delimiter in a text, or a size that would be less than nothing, is refused; all else comes back.
        match layout.encode(&with) {
            Ok((bytes, fields)) => {
                let read = layout.decode(&bytes);
                prop_assert!(read.is_ok(), "{:?}", read.err());
                let read = read.unwrap();
                prop_assert_eq!(read.values(), fields.values());
                for (name, value) in with.as_object().unwrap() {
                    prop_assert_eq!(&read.values()[name], value);
                }
                let again = layout.encode(&with).unwrap().0;
                prop_assert_eq!(&again, &bytes);
                prop_assert_eq!(layout.dissect(&bytes).result.is_ok(), true);
            }
            Err(error) => prop_assert!(
                error.why.contains("at which it ends") || error.why.contains("less than 0"),
                "{}", error
            ),
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_are_not((layout, _) in message(), bytes in vec(any::<u8>(), 0..80)) {
        let decoded = layout.decode(&bytes);
        let dissection = layout.dissect(&bytes);
        prop_assert_eq!(decoded.is_ok(), dissection.result.is_ok());
        if let Err(error) = decoded {
            prop_assert!(error.at <= bytes.len(), "{}", error);
            let _ = error.dump(&bytes);
        }
        for part in dissection.parts {
            prop_assert!(part.bytes.end <= bytes.len());
        }
    }

    #[test]
    fn damaged_messages_are_told_or_read((layout, with) in message(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        if let Ok((mut bytes, _)) = layout.encode(&with) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = layout.decode(&bytes);
            let _ = layout.decode(&bytes[..at]);
        }
    }

    #[test]
    fn how_a_stream_is_cut_does_not_show(
        (layout, with) in message(),
        more in vec(any::<u8>(), 0..20),
        at in any::<prop::sample::Index>(),
        byte in any::<Option<u8>>(),
    ) {
        let Ok((mut stream, _)) = layout.encode(&with) else { return Ok(()) };
        if let Some(byte) = byte {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        stream.extend(more);
        let whole = layout.begin(&stream);
        let mut needs = 0;
        for size in 0..=stream.len() {
            let begun = layout.begin(&stream[..size]);
            match begun {
                Begun::More(more) => {
                    prop_assert!(more > size);
                    needs = needs.max(more);
                }
                // What is found is found by as many bytes as it says, and is the same whatever follows.
                Begun::Whole(found) | Begun::Wrong(found) => {
                    prop_assert!(found <= size.max(1), "{:?} of {}", begun, size);
                    prop_assert!(size >= needs, "{:?} with {} bytes, and {} were needed", begun, size, needs);
                    prop_assert_eq!(&begun, &whole);
                }
            }
        }
    }
}
