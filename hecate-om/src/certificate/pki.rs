//! A realm's certificates, made for a test.
