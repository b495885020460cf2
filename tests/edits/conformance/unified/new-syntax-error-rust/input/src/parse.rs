pub fn parse(line: &str) -> Option<(String, u32)> {
    let (name, count) = line.split_once(':')?;
    let count = count.trim().parse().ok()?;
    Some((name.to_string(), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        assert_eq!(parse("pen: 3"), Some(("pen".to_string(), 3)));
    }
}
