//! JSON Schemas.

use serde_json::{Map, Value, json};

/// Remaining bytes to generate a schema from; zeroes at the end.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

const NAMES: [&str; 4] = ["a", "b", "c", "t"];
const DEFINITIONS: [&str; 4] = ["A", "B<C>", "D/~", "E"];
const REFERENCES: [&str; 6] = [
    "#/$defs/A",
    "#/$defs/B%3CC%3E",
    "#/$defs/D~1~0",
    "#/$defs/E",
    "#",
    "#here",
];
const TYPES: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// Nesting depth of generated schemas; references may make them deeper.
const DEPTH: usize = 4;

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                usize::from(*first)
            }
            [] => 0,
        }
    }

    fn choose<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.next() % all.len()]
    }

    /// Returns a schema with definitions.
    pub(crate) fn document(&mut self) -> Value {
        let mut defs = Map::new();
        for name in DEFINITIONS {
            defs.insert(name.to_owned(), self.schema(DEPTH));
        }
        let mut root = match self.schema(DEPTH) {
            Value::Object(root) => root,
            _ => Map::new(),
        };
        root.insert("$defs".to_owned(), Value::Object(defs));
        Value::Object(root)
    }

    fn schema(&mut self, depth: usize) -> Value {
        let count = match self.next() % 16 {
            0 => return Value::Bool(true),
            1 => return Value::Bool(false),
            n => n % 4,
        };
        let mut schema = Map::new();
        for _ in 0..=count {
            let (name, value) = self.keyword(depth);
            schema.insert(name.to_owned(), value);
        }
        Value::Object(schema)
    }

    fn keyword(&mut self, depth: usize) -> (&'static str, Value) {
        const PLAIN: usize = 20;
        const NESTED: usize = 20;
        let kinds = if depth == 0 { PLAIN } else { PLAIN + NESTED };
        match self.next() % kinds {
            0 | 1 => ("type", json!(self.choose(&TYPES))),
            2 => ("type", json!([self.choose(&TYPES), self.choose(&TYPES)])),
            3 => ("const", self.value()),
            4 => ("enum", json!([self.value(), self.value(), self.value()])),
            5 => (
                "format",
                json!(self.choose(&["boolean", "uint8", "uint32", "date", "int64"])),
            ),
            6 => ("pattern", json!(self.choose(&["^a", "^b"]))),
            7 => (self.choose(&["minimum", "maximum"]), self.number()),
            8 => (
                self.choose(&["exclusiveMinimum", "exclusiveMaximum"]),
                self.number(),
            ),
            9 => ("multipleOf", self.number()),
            10 => (
                self.choose(&["minLength", "maxLength"]),
                json!(self.next() % 8),
            ),
            11 => (
                self.choose(&["minItems", "maxItems"]),
                json!(self.next() % 8),
            ),
            12 => (
                self.choose(&["minProperties", "maxProperties"]),
                json!(self.next() % 8),
            ),
            13 => (
                self.choose(&["minContains", "maxContains"]),
                json!(self.next() % 8),
            ),
            14 => ("uniqueItems", json!(self.next() % 2 == 1)),
            15 => (
                "required",
                json!([self.choose(&NAMES), self.choose(&NAMES)]),
            ),
            16 => (
                "dependentRequired",
                json!({self.choose(&NAMES): [self.choose(&NAMES)]}),
            ),
            17 => ("$anchor", json!("here")),
            18 => ("$ref", json!(self.choose(&REFERENCES))),
            19 => (
                self.choose(&["$dynamicRef", "$ref"]),
                json!(self.choose(&REFERENCES)),
            ),
            20..=22 => ("properties", self.named(depth, &NAMES)),
            23 => ("patternProperties", self.named(depth, &["^a", "^b"])),
            24 => ("dependentSchemas", self.named(depth, &NAMES)),
            25 | 26 => ("anyOf", self.list(depth)),
            27 | 28 => ("oneOf", self.list(depth)),
            29 => ("allOf", self.list(depth)),
            30 => ("prefixItems", self.list(depth)),
            31 => ("items", self.schema(depth - 1)),
            32 => ("additionalProperties", self.schema(depth - 1)),
            33 => ("unevaluatedProperties", self.schema(depth - 1)),
            34 => ("propertyNames", self.schema(depth - 1)),
            35 => ("contains", self.schema(depth - 1)),
            36 => ("not", self.schema(depth - 1)),
            37 => ("if", self.schema(depth - 1)),
            38 => (self.choose(&["then", "else"]), self.schema(depth - 1)),
            _ => ("contentSchema", self.schema(depth - 1)),
        }
    }

    fn named(&mut self, depth: usize, names: &[&str]) -> Value {
        let mut named = Map::new();
        for _ in 0..=self.next() % 3 {
            let name = self.choose(names);
            named.insert(name.to_owned(), self.schema(depth - 1));
        }
        Value::Object(named)
    }

    fn list(&mut self, depth: usize) -> Value {
        (0..=self.next() % 4)
            .map(|_| self.schema(depth - 1))
            .collect()
    }

    fn number(&mut self) -> Value {
        match self.next() {
            n if n % 4 == 0 => json!(n as f64 / 8.0),
            n => json!(n / 4),
        }
    }

    fn value(&mut self) -> Value {
        match self.next() % 8 {
            0 => Value::Null,
            1 => json!(self.next() % 2 == 1),
            2 => json!("a"),
            3 => json!([self.number()]),
            4 => json!({"a": self.number()}),
            5 => json!("b"),
            _ => self.number(),
        }
    }
}
