use proptest::prelude::*;
use serde_json::Value as Json;

/// Any JSON value of moderate size.
pub(in crate::wire) fn any_json() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e9..1e9_f64).prop_map(Json::from)
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        number,
        ".{0,6}".prop_map(Json::from)
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::vec((".{0,4}", inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}
