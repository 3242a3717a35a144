//! Substitutes variables as in the table of the specification, and beyond it.

use std::ffi::OsString;
use trace_config::model::{AttributeValue, Extension, Node};
use trace_config::{Format, ProblemKind, Reader, ReferenceProblem};

fn variable(name: &str) -> Option<OsString> {
    let value = match name {
        "STRING_VALUE" => "value",
        "BOOL_VALUE" => "true",
        "INT_VALUE" => "1",
        "FLOAT_VALUE" => "1.1",
        "HEX_VALUE" => "0xdeadbeef",
        "INVALID_MAP_VALUE" => "value\nkey:value",
        "DO_NOT_REPLACE_ME" => "Never use this value",
        "REPLACE_ME" => "${DO_NOT_REPLACE_ME}",
        "VALUE_WITH_ESCAPE" => "value$$",
        "EMPTY" => "",
        "_under_score9" => "found",
        #[cfg(unix)]
        "BYTES" => {
            use std::os::unix::ffi::OsStringExt;
            return Some(OsString::from_vec(vec![b'a', 0xff]));
        }
        _ => return None,
    };
    Some(value.into())
}

/// Reads a line as the properties of a plug-in, whose values may be of any type.
fn read(line: &str) -> Result<Extension, Vec<ProblemKind>> {
    let text = format!("file_format: '1.2'\nx-test:\n  {line}\n");
    let reader = Reader::new().with_variables(variable);
    match reader.read_text("test.yaml", &text, Format::Yaml) {
        Ok(loaded) => Ok(loaded.configuration.extensions[0].clone()),
        Err(error) => Err(error.problems().iter().map(|it| it.kind().clone()).collect()),
    }
}

/// Returns the type and the value of the line's key.
fn resolved(line: &str) -> String {
    let extension = read(line).unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
    let [entry] = extension.properties.entries() else { panic!("{extension:?}") };
    shown(entry.value())
}

fn shown(node: &Node) -> String {
    if let Some(text) = node.as_str() {
        return format!("str {text}");
    }
    if let Some(value) = node.as_bool() {
        return format!("bool {value}");
    }
    match (node.is_null(), node.as_integer(), node.as_f64()) {
        (true, ..) => "null".to_owned(),
        (_, Some(value), _) => format!("int {value}"),
        (_, _, Some(value)) => format!("float {value}"),
        _ => panic!("{node:?}"),
    }
}

#[test]
fn the_table_of_the_specification_holds() {
    for (line, expected) in [
        ("key: ${STRING_VALUE}", "str value"),
        ("key: ${BOOL_VALUE}", "bool true"),
        ("key: ${INT_VALUE}", "int 1"),
        ("key: ${FLOAT_VALUE}", "float 1.1"),
        ("key: ${HEX_VALUE}", "int 3735928559"),
        (r#"key: "${STRING_VALUE}""#, "str value"),
        (r#"key: "${BOOL_VALUE}""#, "str true"),
        (r#"key: "${INT_VALUE}""#, "str 1"),
        (r#"key: "${FLOAT_VALUE}""#, "str 1.1"),
        (r#"key: "${HEX_VALUE}""#, "str 0xdeadbeef"),
        ("key: ${env:STRING_VALUE}", "str value"),
        ("key: ${INVALID_MAP_VALUE}", "str value\nkey:value"),
        ("key: foo ${STRING_VALUE} ${FLOAT_VALUE}", "str foo value 1.1"),
        ("key: ${UNDEFINED_KEY}", "null"),
        ("key: ${UNDEFINED_KEY:-fallback}", "str fallback"),
        ("key: ${REPLACE_ME}", "str ${DO_NOT_REPLACE_ME}"),
        ("key: ${UNDEFINED_KEY:-${STRING_VALUE}}", "str ${STRING_VALUE}"),
        ("key: $${STRING_VALUE}", "str ${STRING_VALUE}"),
        ("key: $$${STRING_VALUE}", "str $value"),
        ("key: $$$${STRING_VALUE}", "str $${STRING_VALUE}"),
        ("key: $${STRING_VALUE:-fallback}", "str ${STRING_VALUE:-fallback}"),
        ("key: $${STRING_VALUE:-${STRING_VALUE}}", "str ${STRING_VALUE:-value}"),
        ("key: ${UNDEFINED_KEY:-$${UNDEFINED_KEY}}", "str ${UNDEFINED_KEY:-${UNDEFINED_KEY}}"),
        ("key: ${VALUE_WITH_ESCAPE}", "str value$$"),
        ("key: a $$ b", "str a $ b"),
        ("key: a $ b", "str a $ b"),
    ] {
        assert_eq!(resolved(line), expected, "{line}");
    }
    let key = read("${STRING_VALUE}: value").unwrap();
    assert_eq!(key.properties.entries()[0].key(), "${STRING_VALUE}");
    let name = "STRING_VALUE:?error".to_owned();
    let invalid = ProblemKind::Reference(ReferenceProblem::Name { name });
    assert_eq!(read("key: ${STRING_VALUE:?error}").unwrap_err(), [invalid]);
}

#[test]
fn what_the_table_leaves_open_is_read_too() {
    for (line, expected) in [
        // Empty is like undefined.
        ("key: ${EMPTY:-fallback}", "str fallback"),
        ("key: '${EMPTY}'", "str "),
        ("key: ${UNDEFINED:-}", "null"),
        ("key: ${UNDEFINED:-5000}", "int 5000"),
        ("key: ${env:UNDEFINED:-true}", "bool true"),
        ("key: ${UNDEFINED:-a b:-c}", "str a b:-c"),
        ("key: ${_under_score9}", "str found"),
        ("key: ${INT_VALUE}${INT_VALUE}", "int 11"),
        ("key: -${FLOAT_VALUE}", "float -1.1"),
        // Not references.
        ("key: ${}", "str ${}"),
        ("key: ${STRING_VALUE", "str ${STRING_VALUE"),
        ("key: $STRING_VALUE", "str $STRING_VALUE"),
        ("key: 5$", "str 5$"),
        ("key: |-\n    a ${INT_VALUE}\n    $$b", "str a 1\n$b"),
        ("key: !!str ${INT_VALUE}", "str 1"),
        ("key: !!int '${INT_VALUE}'", "int 1"),
    ] {
        assert_eq!(resolved(line), expected, "{line}");
    }
}

#[test]
fn invalid_references_are_errors_with_a_place() {
    for (line, column, width) in [
        ("key: ${1API_KEY}", 8, 11),
        ("key: ${API_$KEY}", 8, 11),
        ("key: a ${A B} c", 10, 6),
        ("key: \"a ${A-B}\"", 11, 6),
        ("key: ${ A }", 8, 6),
        ("key: ${sys:user.name}", 8, 16),
        ("key: $$ ${A.B}", 11, 6),
        ("key: ${A:-\u{7}}", 8, 7),
    ] {
        let text = format!("file_format: '1.2'\nx-test:\n  {line}\n");
        let reader = Reader::new().with_variables(variable);
        let error = reader.read_text("test.yaml", &text, Format::Yaml).unwrap_err();
        let problem = &error.problems()[0];
        assert!(matches!(problem.kind(), ProblemKind::Reference(_)), "{error}");
        assert_eq!((problem.place().line(), problem.place().column()), (3, column), "{error}");
        let mark = format!("   | {}{}", " ".repeat(column as usize - 1), "^".repeat(width));
        assert!(error.to_string().lines().any(|line| line == mark), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_an_error() {
    let problem = ReferenceProblem::NotUnicode { name: "BYTES".to_owned() };
    assert_eq!(read("key: ${BYTES}").unwrap_err(), [ProblemKind::Reference(problem)]);
}

#[test]
fn in_json_and_toml_a_reference_has_the_type_that_is_expected() {
    let json = r#"{"file_format": "1.2", "disabled": "${BOOL_VALUE}", "log_level": "${UNDEFINED}",
        "attribute_limits": {"attribute_count_limit": "${INT_VALUE}"},
        "resource": {"schema_url": "${INT_VALUE}", "attributes_list": "${UNDEFINED}", "attributes": [
            {"name": "a", "value": "${INT_VALUE}"}, {"name": "b", "value": "${INT_VALUE}", "type": "int"},
            {"name": "c", "value": "${UNDEFINED}"}, {"name": "d", "value": [1, "${INT_VALUE}"], "type": "int_array"}]}}"#;
    let toml = "file_format = '1.2'
        disabled = '${BOOL_VALUE}'
        log_level = '${UNDEFINED}'
        attribute_limits.attribute_count_limit = '${INT_VALUE}'
        [resource]
        schema_url = '${INT_VALUE}'
        attributes_list = '${UNDEFINED}'
        attributes = [
            { name = 'a', value = '${INT_VALUE}' }, { name = 'b', value = '${INT_VALUE}', type = 'int' },
            { name = 'c', value = '${UNDEFINED}' }, { name = 'd', value = [1, '${INT_VALUE}'], type = 'int_array' },
        ]";
    let reader = Reader::new().with_variables(variable);
    for (text, format) in [(json, Format::Json), (toml, Format::Toml)] {
        let read = reader.read_text("test", text, format).unwrap_or_else(|error| panic!("{error}"));
        let configuration = read.configuration;
        assert_eq!(configuration.disabled, Some(true));
        assert_eq!(configuration.log_level, None);
        assert_eq!(configuration.attribute_limits.unwrap().attribute_count_limit, Some(1));
        let resource = configuration.resource.unwrap();
        assert_eq!(resource.schema_url.as_deref(), Some("1"));
        assert_eq!(resource.attributes_list, None);
        let values = resource.attributes.unwrap().into_iter().map(|attribute| attribute.value);
        let expected = [
            Some(AttributeValue::String("1".to_owned())),
            Some(AttributeValue::Int(1)),
            None,
            Some(AttributeValue::IntArray(vec![1, 1])),
        ];
        assert_eq!(values.collect::<Vec<_>>(), expected, "{format:?}");
    }
    let quoted = r#"{"file_format": "1.2", "disabled": "true"}"#;
    assert!(reader.read_text("test", quoted, Format::Json).is_err());
}
