//! Paths to variables.

use serde_json::Value as Json;

use super::{Expression, ExpressionError, Scope, TemplateError, names};

/// A path to a variable: `n`, `actor.users[id].name`.
#[derive(Clone, Debug)]
pub struct Path {
    first: String,
    segments: Vec<Segment>,
    names: Vec<String>,
}

/// One step of a path whose expressions were filled in: `["actor", "users", "7", "name"]`.
pub type FilledPath = Vec<String>;

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PathError {
    /// What is wrong.
    pub text: String,
}

#[derive(Clone, Debug)]
enum Segment {
    Fixed(String),
    Expression(Expression),
}

impl Path {
    /// Compiles a path; its brackets hold expressions.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let (first, mut at) = name(text, 0)?;
        let mut segments = Vec::new();
        while at < text.len() {
            match text.as_bytes()[at] {
                b'.' => {
                    let (part, end) = name(text, at + 1)?;
                    segments.push(Segment::Fixed(part));
                    at = end;
                }
                b'[' => {
                    let end = bracket_end(text, at).ok_or_else(|| TemplateError {
                        text: "`[` is not closed by `]`".to_owned(),
                        at: at..at + 1,
                    })?;
                    segments.push(segment(&text[at + 1..end]).map_err(|error| TemplateError {
                        text: error.text,
                        at: at + 1 + error.at.start..at + 1 + error.at.end,
                    })?);
                    at = end + 1;
                }
                _ => {
                    return Err(TemplateError {
                        text: "a path goes on with `.` or `[`".to_owned(),
                        at: at..text.len(),
                    });
                }
            }
        }
        let expressions = segments.iter().filter_map(|segment| match segment {
            Segment::Fixed(_) => None,
            Segment::Expression(expression) => Some(expression.names()),
        });
        Ok(Self {
            first,
            names: names::union(expressions),
            segments,
        })
    }

    /// Its first name: `n`, or `actor` (then [`Path::second`] says which variable).
    pub fn first(&self) -> &str {
        &self.first
    }

    /// Its second part, where that is a fixed name.
    pub fn second(&self) -> Option<&str> {
        match self.segments.first()? {
            Segment::Fixed(name) => Some(name),
            Segment::Expression(_) => None,
        }
    }

    /// Whether it is a name alone.
    pub fn is_name(&self) -> bool {
        self.segments.is_empty()
    }

    /// The names that its brackets use.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// With its brackets filled in.
    pub fn fill(&self, scope: &dyn Scope) -> Result<FilledPath, ExpressionError> {
        let mut path = vec![self.first.clone()];
        for segment in &self.segments {
            path.push(match segment {
                Segment::Fixed(name) => name.clone(),
                Segment::Expression(expression) => match expression.json(scope)? {
                    Json::String(text) => text,
                    Json::Number(number) if !number.is_f64() => number.to_string(),
                    other => {
                        return Err(ExpressionError::new(format!(
                            "`[{}]` is {other}; a text or an integer is needed",
                            expression.source()
                        )));
                    }
                },
            });
        }
        Ok(path)
    }
}

/// What a path leads to within a value.
pub fn lookup<'a>(root: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(root, |node, part| match node {
        Json::Object(map) => map.get(part),
        Json::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Sets what a path leads to; members of maps that are missing on the way are made, and a list grows by its next index.
pub fn assign(root: &mut Json, path: &[String], value: Json) -> Result<(), PathError> {
    let mut node = root;
    for part in path {
        node = match node {
            Json::Object(map) => map
                .entry(part.clone())
                .or_insert_with(|| Json::Object(Default::default())),
            Json::Array(list) => {
                let size = list.len();
                let index = part
                    .parse::<usize>()
                    .ok()
                    .filter(|index| *index <= size)
                    .ok_or_else(|| PathError {
                        text: format!("`{part}` is no index of a list with {size} elements"),
                    })?;
                if index == size {
                    list.push(Json::Object(Default::default()));
                }
                &mut list[index]
            }
            other => {
                return Err(PathError {
                    text: format!("`{part}` cannot be set within {}, which is no map or list", kind(other)),
                });
            }
        };
    }
    *node = value;
    Ok(())
}

/// Removes what a path leads to, where it is there; what is left keeps its order.
pub fn remove(root: &mut Json, path: &[String]) -> Option<Json> {
    let (last, before) = path.split_last()?;
    let parent = before.iter().try_fold(root, |node, part| match node {
        Json::Object(map) => map.get_mut(part),
        Json::Array(list) => list.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })?;
    match parent {
        Json::Object(map) => map.shift_remove(last),
        Json::Array(list) => {
            let index = last.parse().ok().filter(|index| *index < list.len())?;
            Some(list.remove(index))
        }
        _ => None,
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

/// The name that begins at `at`, and where it ends.
fn name(text: &str, at: usize) -> Result<(String, usize), TemplateError> {
    let rest = &text[at..];
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    if end == 0 || (at == 0 && rest.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(TemplateError {
            text: "a path needs a name here".to_owned(),
            at: at..text.len(),
        });
    }
    Ok((rest[..end].to_owned(), at + end))
}

/// Where the bracket that opens at `at` is closed.
fn bracket_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut end = at;
    while end < bytes.len() {
        match bytes[end] {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return (bytes[end] == b']').then_some(end);
                }
            }
            b'\'' | b'"' => end = names::string_end(bytes, end)?,
            _ => {}
        }
        end += 1;
    }
    None
}

/// What stands in a bracket; a plain string or number is fixed.
fn segment(inner: &str) -> Result<Segment, TemplateError> {
    let text = inner.trim();
    let quoted = text
        .strip_prefix(['\'', '"'])
        .and_then(|rest| rest.strip_suffix(['\'', '"']))
        .filter(|inside| !inside.contains(['\'', '"', '\\']) && text.as_bytes()[0] == text.as_bytes()[text.len() - 1]);
    if let Some(inside) = quoted {
        return Ok(Segment::Fixed(inside.to_owned()));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Segment::Fixed(text.to_owned()));
    }
    Expression::compile(inner).map(Segment::Expression)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::scope;
    use super::*;

    fn filled(text: &str) -> FilledPath {
        let values = json!({"id": 7, "k": {"v": "x.y"}});
        Path::compile(text).unwrap().fill(&scope(values)).unwrap()
    }

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn paths_are_read() {
        assert_eq!(filled("n"), ["n"]);
        assert_eq!(filled("actor.users[id].name"), ["actor", "users", "7", "name"]);
        assert_eq!(filled("x['k-v'][0][k.v]"), ["x", "k-v", "0", "x.y"]);
        assert_eq!(filled("x[k['v']]"), ["x", "x.y"]);
        let path = Path::compile("actor.users[id]").unwrap();
        assert_eq!(
            (path.first(), path.second(), path.names()),
            ("actor", Some("users"), &["id".to_owned()][..])
        );
        assert_eq!(Path::compile("actor['users']").unwrap().second(), Some("users"));
        assert_eq!(Path::compile("actor[which]").unwrap().second(), None);
    }

    #[test]
    fn what_is_no_path_is_an_error() {
        for text in ["", "1a", "a.", "a[", "a[]", "a b", ".a", "a]", "a[(]", "a['x"] {
            assert!(Path::compile(text).is_err(), "{text}");
        }
        assert!(Path::compile("a[x]").unwrap().fill(&scope(json!({"x": [1]}))).is_err());
    }

    #[test]
    fn setting_makes_what_is_missing() {
        let mut root = json!({"n": 1});
        assign(&mut root, &path("users.7.name"), json!("Ada")).unwrap();
        assign(&mut root, &path("list"), json!([])).unwrap();
        assign(&mut root, &path("list.0"), json!(1)).unwrap();
        assign(&mut root, &path("list.1.x"), json!(2)).unwrap();
        assert_eq!(
            root,
            json!({"n": 1, "users": {"7": {"name": "Ada"}}, "list": [1, {"x": 2}]})
        );
        assert_eq!(lookup(&root, &path("list.1.x")), Some(&json!(2)));
        assert!(
            assign(&mut root, &path("list.9"), json!(1))
                .unwrap_err()
                .text
                .contains("2 elements")
        );
        assert!(
            assign(&mut root, &path("n.x"), json!(1))
                .unwrap_err()
                .text
                .contains("a number")
        );
    }

    #[test]
    fn removing_keeps_the_order_of_the_rest() {
        let mut root = json!({"a": 1, "b": {"x": [1, 2, 3]}, "c": 3});
        assert_eq!(remove(&mut root, &path("b.x.0")), Some(json!(1)));
        assert_eq!(remove(&mut root, &path("a")), Some(json!(1)));
        assert_eq!(remove(&mut root, &path("q.r")), None);
        assert_eq!(root.to_string(), r#"{"b":{"x":[2,3]},"c":3}"#);
    }
}
