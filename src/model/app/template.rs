//! Mustache as app packages use it: a variable stands for the JSON of its value.
//!
//! `{{x}}`, `{{{x}}}` and `{{&x}}` are the same; `{{#x}}…{{/x}}`, `{{^x}}…{{/x}}`
//! and `{{! comments }}` are known; partials and other delimiters are refused.

use super::json::Json;
use super::near;
use super::problem::Fault;

/// A template, taken apart.
#[derive(Debug)]
pub struct Template<'a> {
    text: &'a str,
    pieces: Vec<Piece<'a>>,
}

#[derive(Debug)]
enum Piece<'a> {
    Text { start: usize, end: usize },
    Variable { name: &'a str, at: usize },
    Section { name: &'a str, at: usize, inverted: bool, inner: Vec<Piece<'a>> },
}

/// What a template became, and where each part of it comes from.
#[derive(Debug, Default)]
pub struct Rendered {
    pub text: String,
    spans: Vec<Span>,
}

#[derive(Debug)]
struct Span {
    /// Where it starts in the rendered text.
    start: usize,
    /// Where it comes from in the template.
    source: usize,
    /// The variable whose value it is; none for the template's own text.
    variable: Option<String>,
}

/// Where the values of variables come from.
pub trait Names {
    /// The value of that full dotted name.
    fn value(&self, name: &str) -> Option<&Json>;
    /// Whether names begin with `name` and a dot.
    fn is_group(&self, name: &str) -> bool;
    /// All names, to tell those who wrote a wrong one.
    fn known(&self) -> Vec<&str>;
}

impl<'a> Template<'a> {
    /// Takes a template apart. Fails on tags and sections without an end, on
    /// partials and on other delimiters.
    pub fn parse(text: &'a str) -> Result<Template<'a>, Fault> {
        let mut parser = Parser { text, at: 0 };
        let pieces = parser.pieces(None)?;
        Ok(Template { text, pieces })
    }

    /// Puts the values in; every variable that has none is a fault.
    pub fn render(&self, names: &dyn Names) -> Result<Rendered, Vec<Fault>> {
        let mut run = Run { template: self, names, out: Rendered::default(), faults: Vec::new() };
        run.pieces(&self.pieces, &mut Vec::new());
        if run.faults.is_empty() { Ok(run.out) } else { Err(run.faults) }
    }
}

impl Rendered {
    /// Where in the template the rendered place comes from.
    pub fn source(&self, at: usize) -> usize {
        match self.span(at) {
            Some(span) if span.variable.is_none() => span.source + (at - span.start),
            Some(span) => span.source,
            None => 0,
        }
    }

    /// The variable whose value stands at the rendered place.
    pub fn variable(&self, at: usize) -> Option<&str> {
        self.span(at)?.variable.as_deref()
    }

    fn span(&self, at: usize) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.start <= at);
        self.spans.get(after.checked_sub(1)?)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    /// Pieces up to the end of the section `open` (its name and place), or of the text.
    fn pieces(&mut self, open: Option<(&'a str, usize)>) -> Result<Vec<Piece<'a>>, Fault> {
        let mut pieces = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(found) = rest.find("{{") else {
                if let Some((name, at)) = open {
                    let close = format!("the section has no end; `{{{{/{name}}}}}` is missing");
                    return Err(Fault::new(at, name, close));
                }
                pieces.push(Piece::Text { start: self.at, end: self.text.len() });
                return Ok(pieces);
            };
            let at = self.at + found;
            if found > 0 {
                pieces.push(Piece::Text { start: self.at, end: at });
            }
            let (sigil, name) = self.tag(at)?;
            match sigil {
                '!' => {}
                '#' | '^' => {
                    let inner = self.pieces(Some((name, at)))?;
                    pieces.push(Piece::Section { name, at, inverted: sigil == '^', inner });
                }
                '/' => match open {
                    Some((opened, _)) if opened == name => return Ok(pieces),
                    Some((opened, _)) => {
                        let why = format!("ends here, but the open section is `{opened}`");
                        return Err(Fault::new(at, name, why));
                    }
                    None => return Err(Fault::new(at, name, "ends here, but was never opened")),
                },
                _ => pieces.push(Piece::Variable { name, at }),
            }
        }
    }

    /// The tag at `at`: its sigil (a space for a variable) and its name.
    fn tag(&mut self, at: usize) -> Result<(char, &'a str), Fault> {
        let fault = |message: &str| Fault { at, property: None, message: message.to_owned() };
        let rest = &self.text[at..];
        let (open, close) = if rest.starts_with("{{{") { (3, "}}}") } else { (2, "}}") };
        let end = rest.find(close).ok_or_else(|| {
            fault(&format!("the tag `{}` is not closed by `{close}`", first_line(rest)))
        })?;
        self.at = at + end + close.len();
        let inside = rest[open..end].trim();
        let (sigil, name) = match inside.chars().next() {
            Some(sigil @ ('#' | '^' | '/' | '&' | '!' | '>' | '=')) => (sigil, inside[1..].trim()),
            _ => (' ', inside),
        };
        match sigil {
            '>' => Err(fault("partials (`{{>name}}`) are not known in app packages")),
            '=' => Err(fault("the delimiters `{{` and `}}` cannot be changed")),
            '!' => Ok((sigil, name)),
            _ if name.is_empty() => Err(fault("the tag names no variable")),
            _ => Ok((sigil, name)),
        }
    }
}

fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    &line[..line.floor_char_boundary(40)]
}

/// What a section puts in front of the names looked for first.
enum Scope<'n> {
    Group(String),
    Value(&'n Json),
}

struct Run<'t, 'n> {
    template: &'t Template<'t>,
    names: &'n dyn Names,
    out: Rendered,
    faults: Vec<Fault>,
}

enum Found<'n> {
    Value(&'n Json, String),
    Group(String),
}

impl<'n> Run<'_, 'n> {
    fn pieces(&mut self, pieces: &[Piece<'_>], scopes: &mut Vec<Scope<'n>>) {
        for piece in pieces {
            match piece {
                Piece::Text { start, end } => {
                    let text = self.template.text;
                    self.push(&text[*start..*end], *start, None);
                }
                Piece::Variable { name, at } => match self.find(name, scopes) {
                    Some(Found::Value(value, full)) => {
                        self.push(&value.to_string(), *at, Some(full));
                    }
                    Some(Found::Group(_)) => {
                        let why = "is a group of properties, not one that has a value";
                        self.faults.push(Fault::new(*at, *name, why));
                    }
                    None => self.unresolved(name, *at),
                },
                Piece::Section { name, at, inverted, inner } => {
                    self.section(name, *at, *inverted, inner, scopes);
                }
            }
        }
    }

    fn section(
        &mut self,
        name: &str,
        at: usize,
        inverted: bool,
        inner: &[Piece<'_>],
        scopes: &mut Vec<Scope<'n>>,
    ) {
        match self.find(name, scopes) {
            None if inverted => self.pieces(inner, scopes),
            None => self.unresolved(name, at),
            Some(_) if inverted && !self.is_shown(name, scopes) => self.pieces(inner, scopes),
            Some(_) if inverted => {}
            Some(Found::Group(full)) => self.within(Scope::Group(full), inner, scopes),
            Some(Found::Value(Json::Array(elements), _)) => {
                for element in elements {
                    self.within(Scope::Value(&element.value), inner, scopes);
                }
            }
            Some(Found::Value(value, _)) if value.is_truthy() => {
                self.within(Scope::Value(value), inner, scopes);
            }
            Some(Found::Value(..)) => {}
        }
    }

    fn is_shown(&self, name: &str, scopes: &[Scope<'n>]) -> bool {
        match self.find(name, scopes) {
            Some(Found::Value(value, _)) => value.is_truthy(),
            Some(Found::Group(_)) => true,
            None => false,
        }
    }

    fn within(&mut self, scope: Scope<'n>, inner: &[Piece<'_>], scopes: &mut Vec<Scope<'n>>) {
        scopes.push(scope);
        self.pieces(inner, scopes);
        scopes.pop();
    }

    /// Looks a name up: in the innermost section first, then as a whole.
    fn find(&self, name: &str, scopes: &[Scope<'n>]) -> Option<Found<'n>> {
        for scope in scopes.iter().rev() {
            match scope {
                Scope::Value(value) if name == "." => {
                    return Some(Found::Value(value, name.to_owned()));
                }
                Scope::Value(value) => {
                    let member = value.members().iter().find(|member| member.key == name);
                    if let Some(member) = member {
                        return Some(Found::Value(&member.node.value, name.to_owned()));
                    }
                }
                Scope::Group(prefix) => {
                    if let Some(found) = self.whole(&format!("{prefix}.{name}")) {
                        return Some(found);
                    }
                }
            }
        }
        self.whole(name)
    }

    fn whole(&self, name: &str) -> Option<Found<'n>> {
        match self.names.value(name) {
            Some(value) => Some(Found::Value(value, name.to_owned())),
            None => self.names.is_group(name).then(|| Found::Group(name.to_owned())),
        }
    }

    fn unresolved(&mut self, name: &str, at: usize) {
        let known = self.names.known();
        let instead = near::instead(name, &known, "properties in `config.json`");
        let why = format!("no property of `config.json` has this name; {instead}");
        self.faults.push(Fault::new(at, name, why));
    }

    fn push(&mut self, text: &str, source: usize, variable: Option<String>) {
        self.out.spans.push(Span { start: self.out.text.len(), source, variable });
        self.out.text.push_str(text);
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
