#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hecate_om_properties::station_frames(input));
