//! The filters that encode and digest.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, Mac};
use md5::Md5;
use minijinja::{Environment, Error, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::engine::{bytes, invalid};

/// Adds the filters; all take text (anything else is written as JSON) and give text, digests in hexadecimal.
pub(super) fn add_filters(environment: &mut Environment<'static>) {
    environment.add_filter("base64", |value: &Value| {
        bytes(value).map(|bytes| BASE64.encode(&bytes))
    });
    environment.add_filter("hex", |value: &Value| bytes(value).map(|bytes| HEXLOWER.encode(&bytes)));
    environment.add_filter("md5", digest::<Md5>);
    environment.add_filter("sha1", digest::<Sha1>);
    environment.add_filter("sha256", digest::<Sha256>);
    environment.add_filter("hmac", hmac);
}

fn digest<D: Digest>(value: &Value) -> Result<String, Error> {
    Ok(HEXLOWER.encode(&D::digest(bytes(value)?)))
}

fn hmac(value: &Value, key: &Value, algorithm: Option<&str>) -> Result<String, Error> {
    let (data, key) = (bytes(value)?, bytes(key)?);
    match algorithm.unwrap_or("sha256") {
        "md5" => authenticated::<Hmac<Md5>>(&data, &key),
        "sha1" => authenticated::<Hmac<Sha1>>(&data, &key),
        "sha256" => authenticated::<Hmac<Sha256>>(&data, &key),
        other => Err(invalid(format!(
            "hmac: `{other}` is no algorithm; `md5`, `sha1` or `sha256` is needed"
        ))),
    }
}

fn authenticated<M: Mac + hmac::digest::KeyInit>(data: &[u8], key: &[u8]) -> Result<String, Error> {
    let mac = <M as Mac>::new_from_slice(key).map_err(|error| invalid(format!("hmac: {error}")))?;
    Ok(HEXLOWER.encode(&mac.chain_update(data).finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{scope, template};

    #[test]
    fn known_answers() {
        for (source, expected) in [
            ("{{ 'abc' | base64 }}", "YWJj"),
            ("{{ 'abc' | hex }}", "616263"),
            ("{{ '' | md5 }}", "d41d8cd98f00b204e9800998ecf8427e"),
            ("{{ 'abc' | sha1 }}", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "{{ 'abc' | sha256 }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            // RFC 4231 and RFC 2202, test case 2.
            (
                "{{ 'what do ya want for nothing?' | hmac('Jefe') }}",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                "{{ 'what do ya want for nothing?' | hmac('Jefe', 'sha1') }}",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
        ] {
            assert_eq!(template(source).text(&scope(json!({}))).unwrap(), expected);
        }
        let error = template("{{ 'a' | hmac('k', 'crc') }}")
            .text(&scope(json!({})))
            .unwrap_err();
        assert!(error.text.contains("`crc` is no algorithm"), "{error}");
    }
}
