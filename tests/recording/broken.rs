//! Captures that are broken, and what is told of them.

use std::fs;

use crate::tool::{Folder, golden};

#[test]
fn a_broken_capture_is_told_with_file_and_offset() {
    let folder = Folder::empty();
    let classic: &[u8] = &[
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0,
    ];
    let section: &[u8] = &[10, 13, 13, 10, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    let section = [section, &[0xff; 8], &[28, 0, 0, 0]].concat();
    let files: [(&str, Vec<u8>); 8] = [
        ("empty", Vec::new()),
        ("picture", b"\x89PNG\r\n".to_vec()),
        ("packed", vec![0x1f, 0x8b, 8, 0]),
        ("header", classic[..10].to_vec()),
        ("packet", [classic, &[0; 8], &[9, 0, 0, 0, 9, 0, 0, 0, 1, 2]].concat()),
        ("large", [classic, &[0; 8], &[0xff; 8]].concat()),
        (
            "interface",
            [&section[..], &[6, 0, 0, 0, 32, 0, 0, 0], &[0; 20], &[32, 0, 0, 0]].concat(),
        ),
        ("nothing", classic.to_vec()),
    ];
    let mut told = String::new();
    for (name, bytes) in files {
        let file = format!("{name}.pcap");
        fs::write(folder.path(&file), bytes).unwrap();
        let recorded = folder.wiretale(&["record", "--pcap", &file]);
        assert_eq!(recorded.code, Some(2), "{name}: {}", recorded.err);
        told += &recorded.err;
    }
    told += &folder.wiretale(&["draw", "--pcap", "missing.pcap"]).err;
    golden("tests/recording/broken.txt", &told);
}
