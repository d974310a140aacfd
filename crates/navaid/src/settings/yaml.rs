//! Reader of `application.yml`: documents of nested keys become flat keys with texts, as Spring makes them for a Nacos
//! server.
//!
//! ```text
//! nested: {b.c: 2}   ─►  nested.b.c = 2
//! list: [a, 010]     ─►  list[0] = a, list[1] = 8
//! ```
//!
//! Scalars are typed by the rules of YAML 1.1 and turned to text again ([`scalar`]), because that is what the server
//! sees: `0123` is 83. So the library's own typing, which follows YAML 1.2, is not used: its parser gives the events.
//!
//! Bounds: [`MAX_DEPTH`] levels, [`MAX_NODES`] nodes with aliases unfolded.

mod scalar;

use std::collections::HashMap;
use std::rc::Rc;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use super::properties::Property;

/// Lists and maps inside each other.
const MAX_DEPTH: u32 = 48;

/// Nodes of a file, those that aliases repeat counted each time.
const MAX_NODES: usize = 500_000;

/// Why a file cannot be read. Never a piece of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct YamlError {
    /// Counted from 1.
    pub(crate) line: u32,
    pub(crate) problem: String,
}

impl YamlError {
    fn at(line: u32, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

/// Reads the documents of a file, each as its keys in their order.
///
/// # Errors
/// It is no UTF-8 or no YAML, has something else than keys at its top, one key twice in a map, a tag of its own, or
/// breaks a bound.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Vec<Property>>, YamlError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let lines = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        YamlError::at(line_number(lines + 1), "it is not UTF-8")
    })?;
    let mut composer = Composer::new(text.trim_start_matches('\u{feff}'));
    let mut documents = Vec::new();
    while let Some(root) = composer.document()? {
        let mut flat = Flat::default();
        match &*root.value {
            Value::Map(_) => flat.add(String::new(), &root)?,
            Value::Scalar(scalar) if scalar.text.is_empty() => {}
            Value::Scalar(_) | Value::List(_) => {
                return Err(YamlError::at(root.line, "expected keys with values"));
            }
        }
        documents.push(flat.entries);
    }
    Ok(documents)
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// A node and the line on which it starts; for the value of a key, that of the key.
#[derive(Debug, Clone)]
struct Node {
    line: u32,
    value: Rc<Value>,
}

#[derive(Debug)]
enum Value {
    Scalar(scalar::Scalar),
    List(Vec<Node>),
    /// Keys as they are put behind each other: `name`, or `[8]` for a key that is no text.
    Map(Vec<(String, Node)>),
}

/// Builds nodes from the events of a file.
struct Composer<'t> {
    parser: Parser<'t, serde_saphyr::granit_parser::StrInput<'t>>,
    /// Complete nodes by the number of their anchor, of the current document.
    anchors: HashMap<usize, Rc<Value>>,
    nodes: usize,
    line: u32,
}

type Next<'t> = (Event<'t>, Span);

impl<'t> Composer<'t> {
    fn new(text: &'t str) -> Self {
        let mut options = Options::default();
        options.set_emit_comments(false);
        let parser = Parser::new_from_str_with_options(text, options);
        Self { parser, anchors: HashMap::new(), nodes: 0, line: 1 }
    }

    fn next(&mut self) -> Result<Next<'t>, YamlError> {
        let syntax = |error: ScanError| {
            let problem = error.kind().to_string();
            YamlError::at(line_number(error.marker().line()), format!("it is not well-formed: {problem}"))
        };
        let (event, span) = match self.parser.next() {
            None => (Event::StreamEnd, Span::default()),
            Some(next) => next.map_err(syntax)?,
        };
        if event != Event::StreamEnd {
            self.line = line_number(span.start.line());
        }
        Ok((event, span))
    }

    /// The next document; none at the end of the file.
    fn document(&mut self) -> Result<Option<Node>, YamlError> {
        self.anchors.clear();
        loop {
            match self.next()?.0 {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(..) => break,
                _ => {}
            }
        }
        let (event, _) = self.next()?;
        if event == Event::DocumentEnd {
            let empty = Value::Scalar(scalar::plain(""));
            return Ok(Some(Node { line: self.line, value: Rc::new(empty) }));
        }
        self.node(event, 0).map(Some)
    }

    fn node(&mut self, event: Event<'t>, depth: u32) -> Result<Node, YamlError> {
        let line = self.line;
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(too_large(line));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || is_text_tag(tag.as_deref(), line)?;
                let scalar = if is_text { scalar::text(&text) } else { scalar::plain(&text) };
                (Value::Scalar(scalar), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                is_text_tag(tag.as_deref(), line)?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                is_text_tag(tag.as_deref(), line)?;
                (self.map(depth)?, anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value =
                    value.ok_or_else(|| YamlError::at(line, "an alias stands inside of what it names"))?;
                return Ok(Node { line, value });
            }
            _ => return Err(YamlError::at(line, "it is not well-formed")),
        };
        let value = Rc::new(value);
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(Node { line, value })
    }

    fn list(&mut self, depth: u32) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()?.0 {
                Event::SequenceEnd => return Ok(Value::List(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: u32) -> Result<Value, YamlError> {
        let mut fields = Fields::default();
        loop {
            let event = match self.next()?.0 {
                Event::MappingEnd => return Ok(fields.finish()),
                event => event,
            };
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.node(event, depth + 1)?;
            let (event, _) = self.next()?;
            let value = self.node(event, depth + 1)?;
            if is_merge {
                fields.merge(&value)?;
            } else {
                fields.add(&key, value.value)?;
            }
        }
    }
}

fn too_large(line: u32) -> YamlError {
    YamlError::at(
        line,
        format!("it is nested deeper than {MAX_DEPTH} levels or has more than {MAX_NODES} nodes"),
    )
}

/// Whether a tag makes a scalar a text whatever it looks like. The tags of lists, maps and of what a scalar is anyway
/// change nothing.
fn is_text_tag(tag: Option<&Tag>, line: u32) -> Result<bool, YamlError> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.handle() == "tag:yaml.org,2002:" && tag.suffix() == "str" => Ok(true),
        Some(tag) if tag.is_yaml_core_schema() => Ok(false),
        Some(_) => Err(YamlError::at(line, "tags are not read; write the value itself")),
    }
}

/// The fields of one map while it is read.
#[derive(Default)]
struct Fields {
    own: Vec<(String, Node)>,
    places: HashMap<String, usize>,
    /// What `<<` brings, the first of each key.
    merged: Vec<(String, Node)>,
}

impl Fields {
    fn add(&mut self, key: &Node, value: Rc<Value>) -> Result<(), YamlError> {
        let Value::Scalar(name) = &*key.value else {
            return Err(YamlError::at(key.line, "a key is a list or a map"));
        };
        let name = if name.is_text { name.text.clone() } else { format!("[{}]", name.text) };
        if self.places.insert(name.clone(), self.own.len()).is_some() {
            return Err(YamlError::at(key.line, format!("the key {name} comes a second time in its map")));
        }
        self.own.push((name, Node { line: key.line, value }));
        Ok(())
    }

    fn merge(&mut self, from: &Node) -> Result<(), YamlError> {
        match &*from.value {
            Value::Map(fields) => self.merged.extend(fields.iter().cloned()),
            Value::List(maps) => maps.iter().try_for_each(|map| match &*map.value {
                Value::Map(_) => self.merge(map),
                Value::Scalar(_) | Value::List(_) => Err(YamlError::at(map.line, "only maps can be merged")),
            })?,
            Value::Scalar(_) => return Err(YamlError::at(from.line, "only maps can be merged")),
        }
        if self.merged.len() > MAX_NODES { Err(too_large(from.line)) } else { Ok(()) }
    }

    fn finish(mut self) -> Value {
        for (name, node) in self.merged {
            if !self.places.contains_key(&name) {
                self.places.insert(name.clone(), self.own.len());
                self.own.push((name, node));
            }
        }
        Value::Map(self.own)
    }
}

/// The flat keys of one document.
#[derive(Default)]
struct Flat {
    entries: Vec<Property>,
    nodes: usize,
}

impl Flat {
    fn add(&mut self, name: String, node: &Node) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || name.len() > MAX_NAME {
            return Err(too_large(node.line));
        }
        match &*node.value {
            Value::Scalar(scalar) => self.push(name, node.line, &scalar.text),
            Value::List(items) if items.is_empty() => self.push(name, node.line, ""),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(format!("{name}[{index}]"), item)?;
                }
            }
            Value::Map(fields) => {
                for (key, value) in fields {
                    let dot = if name.is_empty() || key.starts_with('[') { "" } else { "." };
                    self.add(format!("{name}{dot}{key}"), value)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, key: String, line: u32, value: &str) {
        self.entries.push(Property { line, key, value: value.to_owned(), backslash_dropped: false });
    }
}

/// Longest flat key in bytes: long keys inside each other must not multiply.
const MAX_NAME: usize = 4096;

#[cfg(test)]
mod tests;
