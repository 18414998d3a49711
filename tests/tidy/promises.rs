//! Tests that would not test: forgotten, left out, or true by luck.

use super::{
    nowhere,
    rust::{Wanted, compiled, places, tokens},
    tree::{File, files, lines},
};

fn rust() -> Vec<&'static File> {
    files(&["shared", "server", "client", "tests"], &[".rs"])
}

/// The web sides' tests, and what they are made with.
fn web() -> Vec<&'static File> {
    let web = files(&["client/src", "server/console/src", "tests/e2e"], &[".ts"]);
    let of_tests = |file: &&File| {
        file.path.starts_with("tests/") || file.path.ends_with(".test.ts") || file.path.contains("/testing/")
    };
    web.into_iter().filter(of_tests).collect()
}

#[test]
fn every_rust_file_is_in_a_module_tree() {
    let forgotten = rust().into_iter().filter(|file| !compiled().contains_key(file.path.as_str()));
    nowhere(
        forgotten.map(|file| file.path.clone()),
        "nobody compiles a file that no module names: its tests pass by not being there",
    );
}

#[test]
fn every_file_of_the_browser_tests_is_a_test_or_used_by_one() {
    let e2e = files(&["tests/e2e"], &[".ts"]);
    let forgotten = e2e.iter().filter(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let used = || {
            let stem = name.trim_end_matches(".ts");
            // A test imports it as what it becomes; the configuration names it as what it is.
            let names = [format!("/{stem}.js\""), format!("/{stem}.ts\"")];
            e2e.iter().any(|other| names.iter().any(|name| other.text.contains(name)))
        };
        let is_run =
            ["specs/", "screens/"].iter().any(|folder| file.path.starts_with(&format!("tests/e2e/{folder}")));
        let is_config = ["playwright.config.ts", "screens.config.ts"].contains(&name);
        !((is_run && name.ends_with(".spec.ts")) || is_config || used())
    });
    nowhere(
        forgotten.map(|file| file.path.clone()),
        "Playwright runs specs/*.spec.ts, and screens/*.spec.ts for `make screens`, and nothing else",
    );
}

#[test]
fn no_test_is_left_out() {
    let mut found = places(&rust(), Wanted::Everywhere, "# [ ignore");
    let words =
        [".skip(", ".skipIf(", ".only(", ".fixme(", ".todo(", ".runIf(", "xit(", "xtest(", "xdescribe("];
    found.extend(lines(&web(), |line| words.iter().any(|word| line.contains(word))));
    nowhere(found, "a test that does not run is a promise nobody keeps: mend it or remove it");
}

#[test]
fn no_test_sleeps() {
    let mut found = places(&rust(), Wanted::Tests, "sleep (");
    let words = ["waitForTimeout(", "await setTimeout(", "setTimeout(resolve", "sleep("];
    found.extend(lines(&web(), |line| words.iter().any(|word| line.contains(word))));
    nowhere(found, "sleeping hopes that something has happened: wait for the thing itself");
}

#[test]
fn no_test_has_a_port_of_its_own() {
    const HOSTS: [&str; 4] = ["127.0.0.1", "localhost", "0.0.0.0", "[::1]"];
    /// `host:8080`, but not `host:0` and not `host:${port}`.
    fn fixed(text: &str) -> bool {
        HOSTS.iter().any(|host| {
            text.split(&format!("{host}:"))
                .skip(1)
                .any(|rest| rest.starts_with(|digit: char| ('1'..='9').contains(&digit)))
        })
    }
    let mut found = lines(&files(&["tests"], &[".ts"]), fixed);
    // What only reads an address may name a port; whoever listens may not.
    found.extend(lines(&rust(), |line| line.contains("bind(") && fixed(line)));
    for file in rust() {
        let of_test = tokens(file).iter().filter(|token| token.test).collect::<Vec<_>>();
        let paired = of_test.windows(3).filter(|three| {
            HOSTS.contains(&three[0].text.trim_matches('"'))
                && three[1].text == ","
                && three[2].text.parse::<u16>().is_ok_and(|port| port != 0)
        });
        found.extend(paired.map(|three| format!("{}:{}", file.path, three[0].line)));
        if file.path.starts_with("tests/") {
            let written = of_test.iter().filter(|token| token.text.contains('"') && fixed(&token.text));
            found.extend(written.map(|token| format!("{}:{}", file.path, token.line)));
        }
    }
    nowhere(found, "two runs on one machine must not meet: port 0, and the program says which it got");
}
