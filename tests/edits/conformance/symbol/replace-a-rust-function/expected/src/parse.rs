pub fn parse(line: &str) -> Option<(String, u32)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        assert_eq!(parse("pen: 3"), Some(("pen".to_string(), 3)));
    }
}
